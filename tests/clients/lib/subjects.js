'use strict';
// The clients under test: which version, where it runs, over which transport, and what that client is known to break.
//
// 0.7.0 to 0.7.4 know no transport for Node.js; 0.7.5 is the first that does. In Chromium the very first one runs. The
// flashsocket of 0.8.0 and 0.8.1 works nowhere: they take the name WebSocket before their Flash one has it.

/** Subjects that run in `place`: `node`, `chromium` or `ruffle`. */
function subjects(place) {
  return SUBJECTS.filter((subject) => subject.place === place).map((subject) => new Subject(subject));
}

const SUBJECTS = [
  { version: '0.9.17', place: 'node', transport: 'websocket' },
  { version: '0.9.17', place: 'node', transport: 'xhr-polling' },
  { version: '0.8.0', place: 'node', transport: 'websocket' },
  { version: '0.8.0', place: 'node', transport: 'xhr-polling' },
  { version: '0.7.5', place: 'node', transport: 'websocket' },
  { version: '0.7.5', place: 'node', transport: 'xhr-polling' },
  { version: '0.9.17', place: 'chromium', transport: 'websocket' },
  { version: '0.9.17', place: 'chromium', transport: 'xhr-polling', sameOrigin: true },
  { version: '0.9.17', place: 'chromium', transport: 'xhr-polling' },
  { version: '0.9.17', place: 'chromium', transport: 'jsonp-polling' },
  { version: '0.9.17', place: 'chromium', transport: 'htmlfile', sameOrigin: true },
  { version: '0.8.0', place: 'chromium', transport: 'websocket' },
  { version: '0.8.0', place: 'chromium', transport: 'xhr-polling' },
  { version: '0.8.0', place: 'chromium', transport: 'jsonp-polling' },
  { version: '0.8.0', place: 'chromium', transport: 'htmlfile', sameOrigin: true },
  { version: '0.7.0', place: 'chromium', transport: 'websocket' },
  { version: '0.7.0', place: 'chromium', transport: 'xhr-polling' },
  { version: '0.7.0', place: 'chromium', transport: 'jsonp-polling' },
  { version: '0.7.0', place: 'chromium', transport: 'htmlfile', sameOrigin: true },
  { version: '0.9.17', place: 'ruffle', transport: 'flashsocket' },
  { version: '0.7.0', place: 'ruffle', transport: 'flashsocket' },
];

class Subject {
  #faults;

  constructor({ version, place, transport, sameOrigin = false }) {
    this.place = place;
    this.transport = transport;
    this.sameOrigin = sameOrigin;
    this.package = `socket.io-client-${version}`;
    // In a page the name says too which origin the page is of; that decides what the browser and the client allow.
    const origin = place === 'node' ? '' : sameOrigin ? ' of the same origin' : ' across origins';
    this.name = `${version} ${place} ${transport}${origin}`;
    this.#faults = FAULTS.filter((fault) => fault.applies({ version, transport }));
  }

  /** Why this client cannot carry the named string of test-data.js in this kind of packet, or undefined. */
  cannotCarry(kind, string) {
    return this.#faults.find(({ strings, kinds }) => strings?.includes(string) && kinds.includes(kind))?.why;
  }

  /** Why this client cannot do the named thing, or undefined. */
  cannot(thing) {
    return this.#faults.find((fault) => fault.cannot === thing)?.why;
  }
}

const EVERY_KIND = ['event', 'ack', 'text', 'json'];
const STOPPING_AT_LINE_ENDS = ['0.7.0', '0.7.5', '0.8.0']; // Mended in 0.8.3.

// Faults of the clients, not of a server. What they concern is left out of the checks, and the report says so each time.
const FAULTS = [
  {
    applies: ({ version }) => STOPPING_AT_LINE_ENDS.includes(version),
    strings: ['U+2028 and U+2029'],
    kinds: EVERY_KIND,
    why: 'its packet parser stops at every line end, and in JSON these two stand raw',
  },
  {
    applies: ({ version }) => STOPPING_AT_LINE_ENDS.includes(version),
    strings: ['line ends'],
    kinds: ['text'],
    why: 'its packet parser stops at every line end',
  },
  {
    applies: () => true,
    strings: ['U+2028 and U+2029'],
    kinds: ['ack'],
    why: 'its parser of ack data stops at every line end, and in JSON these two stand raw',
  },
  {
    applies: ({ version, transport }) => version === '0.9.17' && transport === 'htmlfile',
    strings: ['backslash before slash'],
    kinds: EVERY_KIND,
    why: 'it replaces every backslash and slash in a packet by a slash',
  },
  {
    applies: ({ version, transport }) => version === '0.7.0' && transport === 'jsonp-polling',
    cannot: 'send several packets at once',
    why: 'it submits its form again while it is being submitted, and the browser drops the first one',
  },
  {
    applies: ({ version }) => version === '0.7.0',
    cannot: 'connect its endpoints again',
    why: 'after a reconnection it connects the default endpoint only',
  },
];

module.exports = { subjects };
