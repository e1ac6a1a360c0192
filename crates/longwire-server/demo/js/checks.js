/*
 * What the server sends, checked: each function returns a well-formed value, or `null` for nonsense.
 */

export function readVisitor(value) {
  if (!areStrings(value, 'id', 'nick', 'transport')) return null;
  const { id, nick, transport, rtt, family } = value;
  return { id, nick, transport, rtt: Number.isFinite(rtt) ? rtt : null, family: asText(family) };
}

export function readMessage(value) {
  if (!areStrings(value, 'id', 'nick', 'text', 'key')) return null;
  const { id, nick, transport, text, at, key } = value;
  if (typeof at !== 'number' || Number.isNaN(new Date(at).getTime())) return null;
  return { id, nick, transport: asText(transport), text, at, key };
}

export function readWelcome(value) {
  if (!areStrings(value, 'id') || !Array.isArray(value.visitors) || !Array.isArray(value.history)) return null;
  return {
    id: value.id,
    visitors: value.visitors.map(readVisitor).filter(Boolean),
    history: value.history.map(readMessage).filter(Boolean),
  };
}

/** The id that `left` and `typing` name. */
export function readId(value) {
  return areStrings(value, 'id') ? value.id : null;
}

function areStrings(value, ...keys) {
  return typeof value === 'object' && value !== null && keys.every((key) => typeof value[key] === 'string');
}

function asText(value) {
  return typeof value === 'string' ? value : undefined;
}
