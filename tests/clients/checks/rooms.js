'use strict';
// Two clients of different transports: broadcasts and rooms.
//
// That something does not come is shown without waiting: an acknowledgement asked for behind it must come first.

const { expect, expectSame } = require('../lib/client.js');

/** Everything the server sent to `socket` before this call has arrived when it resolves. */
async function fence(socket) {
  expectSame(await socket.ask('ack', 'fence'), ['fence'], 'fence');
}

/** Both sockets say what the server made of all that `from` sent: first `from`, then `to`. */
async function settle(from, to) {
  await fence(from);
  await fence(to);
}

module.exports = [
  {
    name: 'broadcasts to the other client, not to itself',
    async run({ socket, witness }) {
      await socket.emit('broadcast', 'from old', { n: 1 });
      expectSame(await witness.next('broadcast'), ['from old', { n: 1 }], 'at the other client');
      await fence(socket);
      expect(!socket.has('broadcast'), 'the sender got its own broadcast');
    },
  },
  {
    name: "receives the other client's broadcast",
    async run({ socket, witness }) {
      await witness.emit('broadcast', 'to old', '😀');
      expectSame(await socket.next('broadcast'), ['to old', '😀'], 'broadcast');
    },
  },
  {
    name: 'sends to all, itself included',
    async run({ socket, witness }) {
      await socket.emit('all', 'everybody', [1]);
      expectSame(await socket.next('all'), ['everybody', [1]], 'at the sender');
      expectSame(await witness.next('all'), ['everybody', [1]], 'at the other client');
    },
  },
  {
    name: 'receives 100 broadcasts of the other client in order',
    async run({ socket, witness }) {
      await witness.emitMany('broadcast', Array.from({ length: 100 }, (_, i) => [i]));
      for (let i = 0; i < 100; i += 1) expectSame(await socket.next('broadcast'), [i], 'broadcast');
    },
  },
  {
    name: 'joins a room and hears the other client in it',
    async run({ socket, witness }) {
      expectSame(await socket.ask('join', 'red'), ['red'], 'ack of join');
      await witness.emit('to-room', 'red', 'hello', 2);
      expectSame(await socket.next('room'), ['red', 'hello', 2], 'room');
      await socket.ask('leave', 'red');
    },
  },
  {
    name: 'is heard in a room, and does not hear itself',
    async run({ socket, witness }) {
      await socket.ask('join', 'green');
      await witness.ask('join', 'green');
      await socket.emit('to-room', 'green', 'hello');
      expectSame(await witness.next('room'), ['green', 'hello'], 'room');
      await fence(socket);
      expect(!socket.has('room'), 'the sender heard itself');
      await socket.ask('leave', 'green');
      await witness.ask('leave', 'green');
    },
  },
  {
    name: 'hears nothing of a room it is not in, or has left',
    async run({ socket, witness }) {
      await witness.emit('to-room', 'blue', 'never joined');
      await settle(witness, socket);
      expect(!socket.has('room'), 'heard a room it never joined');
      await socket.ask('join', 'blue');
      expectSame(await socket.ask('leave', 'blue'), ['blue'], 'ack of leave');
      await witness.emit('to-room', 'blue', 'left');
      await settle(witness, socket);
      expect(!socket.has('room'), 'heard a room it had left');
    },
  },
];
