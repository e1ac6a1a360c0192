/*
 * The picker: one radio button per transport, grouped by family.
 */

import { FAMILIES } from './families.js';
import { element } from './dom.js';

export class Picker {
  #fieldset = document.getElementById('transport');

  /** `onPick(family, transport)` hears the visitor's choices, not those of `choose`. */
  constructor(onPick) {
    this.#fieldset.append(...FAMILIES.map(familyGroup));
    this.#fieldset.addEventListener('change', () => onPick(this.family, this.transport));
  }

  get family() {
    return this.#chosen.dataset.family;
  }

  get transport() {
    return this.#chosen.dataset.transport;
  }

  /** Checks that transport, or the first that this browser supports. */
  choose(family, transport) {
    const radios = [...this.#fieldset.querySelectorAll('input:enabled')];
    const wanted = radios.filter((radio) => radio.dataset.transport === transport);
    const radio = wanted.find((radio) => radio.dataset.family === family) ?? wanted[0] ?? radios[0];
    radio.checked = true;
  }

  /** Moves the picker to another place in the page. */
  moveTo(place) {
    place.append(this.#fieldset);
  }

  get #chosen() {
    return this.#fieldset.querySelector('input:checked');
  }
}

function familyGroup(family) {
  const group = element('div', { className: 'family', dataset: { family: family.id } });
  group.append(element('p', { className: 'family-name', textContent: family.name }));
  group.append(...family.transports.map((transport) => option(family, transport)));
  return group;
}

function option(family, transport) {
  const supported = transport.supported();
  const label = element('label', { className: 'option', dataset: { transport: transport.id } });
  label.append(
    element('input', {
      type: 'radio',
      name: 'transport',
      value: `${family.id}/${transport.id}`,
      disabled: !supported,
      dataset: { family: family.id, transport: transport.id },
    }),
    element('span', { className: 'option-name', textContent: transport.id }),
    element('span', { className: 'option-about', textContent: supported ? transport.about : 'not in this browser' }),
  );
  return label;
}
