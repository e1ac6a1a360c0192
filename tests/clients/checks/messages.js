'use strict';
// One client and the server: what goes up comes back, whole and in order.

const { expect, expectSame, leftOut } = require('../lib/client.js');
const { Skipped } = require('../lib/report.js');
const { LONG_ASCII, LONG_MULTIBYTE, SESSION_BREAKERS, STRINGS, VALUES } = require('../lib/test-data.js');

/** Sends every string that the client can carry in this kind of packet, and compares each with its echo. */
async function everyString({ subject, report }, kind, roundTrip) {
  const wrong = [];
  for (const [name, string] of Object.entries(STRINGS)) {
    const reason = subject.cannotCarry(kind, name);
    if (reason !== undefined) {
      report.note(`${subject.name}: "${name}" left out of ${kind}: ${reason}`);
      continue;
    }
    try {
      expectSame(await roundTrip(string), string, 'string');
    } catch (error) {
      wrong.push(`${name}: ${error.message}`);
      // One lost string is worth going on for the others; after two the session is likely to be gone.
      if (wrong.length === 2) break;
    }
  }
  expect(wrong.length === 0, wrong.join('\n'));
}

/** Numbers 0 to `count` - 1, as `event` brings them. */
async function numbersInOrder(socket, event, count) {
  const numbers = [];
  while (numbers.length < count) numbers.push((await socket.next(event))[0]);
  expectSame(numbers, Array.from({ length: count }, (_, i) => i), `${count} × ${event}`);
}

module.exports = [
  {
    name: 'echoes strings in events',
    run: (t) => everyString(t, 'event', async (string) => {
      await t.socket.emit('echo', string);
      return (await t.socket.next('echo'))[0];
    }),
  },
  {
    name: 'acknowledges with strings',
    run: (t) => everyString(t, 'ack', async (string) => (await t.socket.ask('ack', string))[0]),
  },
  {
    name: 'echoes text messages',
    run: (t) => everyString(t, 'text', async (string) => {
      await t.socket.send(string);
      return (await t.socket.next('message'))[0];
    }),
  },
  {
    name: 'echoes strings in JSON messages',
    run: (t) => everyString(t, 'json', async (string) => {
      await t.socket.sendJson([string]);
      return (await t.socket.next('message'))[0][0];
    }),
  },
  ...Object.entries(SESSION_BREAKERS).map(([name, string]) => ({
    name: `echoes ${name}`,
    async run({ socket }) {
      await socket.emit('echo', string);
      expectSame(await socket.next('echo'), [string], 'event');
      await socket.send(string);
      expectSame(await socket.next('message'), [string], 'text');
    },
  })),
  {
    name: 'echoes an event without arguments',
    async run({ socket }) {
      await socket.emit('echo');
      expectSame(await socket.next('echo'), [], 'arguments');
    },
  },
  {
    name: 'echoes structured arguments',
    async run({ socket }) {
      await socket.emit('echo', 1, null, ...VALUES, 'end');
      expectSame(await socket.next('echo'), [1, null, ...VALUES, 'end'], 'arguments');
    },
  },
  {
    name: 'echoes structured JSON messages',
    async run({ socket }) {
      for (const value of VALUES) {
        await socket.sendJson(value);
        expectSame(await socket.next('message'), [value], 'value');
      }
    },
  },
  {
    name: 'echoes an event of 100 kB',
    async run({ socket }) {
      await socket.emit('echo', LONG_ASCII);
      expectSame(await socket.next('echo'), [LONG_ASCII], 'text');
    },
  },
  {
    name: 'echoes a text message of 100 kB in characters of one to four bytes',
    async run({ socket }) {
      await socket.send(LONG_MULTIBYTE);
      expectSame(await socket.next('message'), [LONG_MULTIBYTE], 'text');
    },
  },
  {
    name: 'acknowledges without arguments, with many, and several at once',
    async run(t) {
      const { socket } = t;
      expectSame(await socket.ask('ack'), [], 'no arguments');
      expectSame(await socket.ask('ack', 1, ...VALUES), [1, ...VALUES], 'many arguments');
      if (leftOut(t, 'send several packets at once')) return;
      const answers = await Promise.all([1, 2, 3].map((n) => socket.ask('ack', n)));
      expectSame(answers, [[1], [2], [3]], 'three at once');
    },
  },
  {
    name: 'acknowledges what the server asks',
    async run({ socket }) {
      const question = { 'what "is"': ['it', '😀'] };
      await socket.emit('ask', question);
      expectSame(await socket.next('question'), [question], 'question');
      expectSame(await socket.next('answered'), [question, { again: question }], 'answered');
    },
  },
  {
    name: 'tells the id that the client knows',
    async run({ socket }) {
      expectSame(await socket.ask('id'), [(await socket.session()).id], 'id');
    },
  },
  {
    name: 'receives a burst of 200 in order',
    async run({ socket }) {
      await socket.emit('burst', 200);
      await numbersInOrder(socket, 'seq', 200);
    },
  },
  {
    name: 'sends 200 in one turn, echoed in order',
    async run(t) {
      const { socket } = t;
      const why = t.subject.cannot('send several packets at once');
      if (why !== undefined) throw new Skipped(why);
      await socket.emitMany('echo', Array.from({ length: 200 }, (_, i) => [i]));
      await numbersInOrder(socket, 'echo', 200);
    },
  },
  {
    // Started with short timers, as `cargo xtask clients` starts it, the server sends heartbeats or ends polls meanwhile.
    name: 'stays connected through 2.5 s of silence',
    async run({ socket }) {
      const before = (await socket.session()).id;
      await socket.emit('after', 2500, 'late');
      expectSame(await socket.next('after'), ['late'], 'after');
      expectSame((await socket.session()).id, before, 'session');
      expect(!socket.has('disconnect'), 'the client was disconnected');
    },
  },
];
