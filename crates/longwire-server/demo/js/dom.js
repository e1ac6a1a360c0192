/*
 * Making elements.
 */

/** An element with these properties; `dataset` is an object, and what is undefined or null in it is left out. */
export function element(name, { dataset = {}, ...properties } = {}) {
  const made = Object.assign(document.createElement(name), properties);
  setData(made, dataset);
  return made;
}

/** Sets data attributes; undefined and null remove them. */
export function setData(target, data) {
  for (const [key, value] of Object.entries(data)) {
    if (value === undefined || value === null) delete target.dataset[key];
    else target.dataset[key] = value;
  }
}

/** An SVG element with these attributes. */
export function svg(name, attributes = {}) {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}
