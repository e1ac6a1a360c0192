/*
 * Socket.IO revision 1 (Socket.IO 0.7 to 0.9) on paper: packets and payloads, values <-> text.
 *
 * A packet is `type:id:endpoint:data`, the last colon and the data being optional:
 *
 *     5:1+:/chat:{"name":"say","args":["hello"]}
 *     |  |  |    `- data: all the rest, colons included
 *     |  |  `- endpoint, which the API calls a namespace; empty is the default one
 *     |  `- id, with a plus when the application (not the library) shall answer with data
 *     `- 5 is an event
 *
 * Where a transport has no message boundaries, two packets or more are joined into a payload, each behind its
 * length: `\ufffd6\ufffd3:::ab\ufffd3\ufffd8::`. Lengths count UTF-16 code units, which is what `length` of a
 * JavaScript string gives. One packet alone travels bare.
 *
 * The decoders are strict and never throw: what is not a packet is `null`, so that it costs itself and nothing else.
 */

const TYPES = ['disconnect', 'connect', 'heartbeat', 'message', 'json', 'event', 'ack', 'error', 'noop'];
const REASONS = ['transport not supported', 'client not handshaken', 'unauthorized'];
const ADVICE = ['reconnect'];

const PACKET = /^([0-8]):(0|[1-9]\d{0,15})?(\+?):([^:]*)(?::([\s\S]*))?$/;
const ACK = /^(0|[1-9]\d{0,15})(?:\+|(?=\[)|$)([\s\S]*)$/; // some servers leave the plus out
const MARK = '\ufffd';

/** Reads one packet; `null` when it is none, or when its data is not what its type promises. */
export function decodePacket(wire) {
  const fields = PACKET.exec(wire === '0' ? '0::' : wire); // The specification prints this one short form.
  if (!fields) return null;
  const [, digit, digits, plus, endpoint, data = ''] = fields;

  const packet = { type: TYPES[digit], endpoint };
  if (digits) {
    packet.id = Number(digits);
    packet.ack = plus ? 'data' : true;
    if (!Number.isSafeInteger(packet.id)) return null;
  }
  return READERS[packet.type](packet, data);
}

/** Writes one packet of the shape that `decodePacket` returns. */
export function encodePacket(packet) {
  const id = packet.id ? packet.id + (packet.ack === 'data' ? '+' : '') : '';
  const head = `${TYPES.indexOf(packet.type)}:${id}:${packet.endpoint ?? ''}`;
  const data = WRITERS[packet.type]?.(packet) ?? '';
  return data === '' ? head : `${head}:${data}`;
}

/** Splits a payload into its packets' texts; `null` when its frames do not add up, and then nothing of it counts. */
export function decodePayload(wire) {
  if (wire === '') return [];
  if (!wire.startsWith(MARK)) return [wire];

  const packets = [];
  for (let at = 0; at < wire.length;) {
    const end = wire.indexOf(MARK, at + 1);
    const digits = wire.slice(at + 1, end);
    if (wire[at] !== MARK || end < 0 || !/^\d{1,9}$/.test(digits)) return null;
    at = end + 1 + Number(digits);
    if (at === end + 1 || at > wire.length) return null;
    packets.push(wire.slice(end + 1, at));
  }
  return packets;
}

/** Joins packets' texts into a payload. */
export function encodePayload(packets) {
  if (packets.length < 2) return packets.join('');
  return packets.map((packet) => MARK + packet.length + MARK + packet).join('');
}

const READERS = {
  disconnect: (packet) => packet,
  heartbeat: (packet) => packet,
  noop: (packet) => packet,
  message: (packet, data) => ({ ...packet, data }),

  connect: (packet, data) => ({ ...packet, qs: data }),

  json(packet, data) {
    const value = parseJson(data);
    return value === undefined ? null : { ...packet, data: value };
  },

  event(packet, data) {
    const event = parseJson(data);
    if (typeof event?.name !== 'string') return null;
    // Some servers write a single argument where the list belongs; 0 and false in that place are no argument.
    const args = Array.isArray(event.args) ? event.args : event.args ? [event.args] : [];
    return { ...packet, name: event.name, args };
  },

  ack(packet, data) {
    const fields = ACK.exec(data);
    if (!fields || !Number.isSafeInteger(Number(fields[1]))) return null;
    // An answer whose arguments cannot be read is still an answer.
    const args = fields[2] ? parseJson(fields[2]) ?? [] : [];
    return Array.isArray(args) ? { ...packet, ackId: Number(fields[1]), args } : null;
  },

  error(packet, data) {
    const [reason, advice] = data.split('+');
    const named = (names, code) => names.find((_, index) => String(index) === code) ?? '';
    return { ...packet, reason: named(REASONS, reason), advice: named(ADVICE, advice) };
  },
};

const WRITERS = {
  connect: (packet) => packet.qs,
  message: (packet) => packet.data,
  json: (packet) => JSON.stringify(packet.data),
  event: ({ name, args }) => JSON.stringify(args?.length ? { name, args } : { name }),
  ack: ({ ackId, args }) => (args?.length ? `${ackId}+${JSON.stringify(args)}` : String(ackId)),
  error({ reason, advice }) {
    const code = REASONS.indexOf(reason);
    return (code < 0 ? '' : code) + (advice ? `+${ADVICE.indexOf(advice)}` : '');
  },
};

/** `undefined` stands for "not JSON"; JSON itself cannot say undefined. */
function parseJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
