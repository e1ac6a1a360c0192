'use strict';
// The parser of socket.io 0.9.19 as a filter, for `cargo xtask differential`.
//
// Each line of standard input is a case: what to do, on what, and what longwire made of it, with JSON still as text. The
// line that answers it has both results in one form, as texts that are equal when the results are: `null` for what is no
// packet, else an object of the fields that mean something in its type.

const readline = require('node:readline');
const parser = require('socket.io-0.9.19/lib/parser');
const { decodePacket } = parser;

const theirs = {
  packet: ({ text }) => normalize(decodePacket(text)),
  // Which texts the packets of a body are: what they mean is compared by themselves.
  payload: ({ text }) => {
    parser.decodePacket = (packet) => packet;
    const packets = parser.decodePayload(text);
    parser.decodePacket = decodePacket;
    return packets;
  },
  encode: ({ packet }) => parser.encodePacket(parse(packet)),
  encodePayload: ({ packets }) => parser.encodePayload(packets),
};

// Takes JSON that longwire left as text apart.
function parse({ dataJson, argsJson, ...packet }) {
  if (dataJson !== undefined) packet.data = JSON.parse(dataJson);
  if (argsJson !== undefined) packet.args = JSON.parse(argsJson);
  return packet;
}

function normalize(packet) {
  if (packet.type === undefined) return null;
  const { endpoint, id } = packet;
  const normal = { type: word(packet.type), endpoint, id, ack: id && (packet.ack === 'data' ? 'data' : 'receipt') };
  switch (packet.type) {
    case 'message':
    case 'json':
      return { ...normal, data: packet.data };
    case 'event': {
      // What is no list is the only argument: namespace.js calls `$emit` with `[name].concat(args)`.
      const args = Array.isArray(packet.args) ? packet.args : [packet.args];
      return { ...normal, name: packet.name, args };
    }
    case 'connect':
      return { ...normal, qs: packet.qs };
    case 'ack':
      return { ...normal, ackId: packet.ackId, args: packet.args };
    case 'error':
      return { ...normal, reason: word(packet.reason), advice: word(packet.advice) };
    default:
      return normal;
  }
}

// A property of an array that stands where one of its strings belongs is named by its kind.
function word(value) {
  return typeof value === 'string' ? value : `[${typeof value}]`;
}

// Half of a surrogate pair cannot be told to a program that reads UTF-8.
function write(value) {
  const whole = (_, part) => (typeof part === 'string' ? part.replace(/\p{Cs}/gu, '\ufffd') : part);
  return JSON.stringify(value, whole);
}

const isObject = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);

// The fields in the order of their names; those that are undefined are not written.
function sorted(value) {
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  const given = JSON.parse(line);
  const ours = isObject(given.ours) ? parse(given.ours) : given.ours;
  const answer = { ours: write(sorted(ours)), theirs: write(sorted(theirs[given.kind](given))) };
  process.stdout.write(`${JSON.stringify(answer)}\n`);
});
