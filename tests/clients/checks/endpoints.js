'use strict';
// A second endpoint, /chat, over the same session.
//
// The last check closes it for good: a client opens an endpoint once a session.

const { expect, expectSame } = require('../lib/client.js');

module.exports = [
  {
    name: '/chat: connects and echoes events',
    async run(t) {
      const chat = await t.socket.chat();
      await chat.emit('echo', 'a:b 😀', { c: 1 });
      expectSame(await chat.next('echo'), ['a:b 😀', { c: 1 }], 'echo');
    },
  },
  {
    name: '/chat: acknowledges both ways',
    async run(t) {
      const chat = await t.socket.chat();
      expectSame(await chat.ask('ack', 1, [2]), [1, [2]], 'ack');
      await chat.emit('ask', 'why');
      expectSame(await chat.next('answered'), ['why', { again: 'why' }], 'answered');
      expectSame(await chat.ask('id'), [(await t.socket.session()).id], 'id');
    },
  },
  {
    name: '/chat: echoes text and JSON messages',
    async run(t) {
      const chat = await t.socket.chat();
      await chat.send('text: of /chat');
      expectSame(await chat.next('message'), ['text: of /chat'], 'text');
      await chat.sendJson({ of: '/chat' });
      expectSame(await chat.next('message'), [{ of: '/chat' }], 'JSON');
    },
  },
  {
    name: '/chat: keeps its broadcasts and rooms to itself',
    async run(t) {
      const chat = await t.socket.chat();
      const other = await t.witness.chat();
      expectSame(await chat.ask('join', 'red'), ['red'], 'ack of join');
      await other.emit('all', 'chat only');
      expectSame(await chat.next('all'), ['chat only'], 'all on /chat');
      await other.emit('to-room', 'red', 'in chat');
      expectSame(await chat.next('room'), ['red', 'in chat'], 'room on /chat');
      await t.witness.emit('to-room', 'red', 'in the default namespace');
      await t.witness.ask('ack');
      await t.socket.ask('ack');
      expect(!t.socket.has('all'), 'the default namespace got what was for /chat');
      expect(!chat.has('room') && !t.socket.has('room'), 'a room of one namespace reached the other');
    },
  },
  {
    name: '/chat: is closed by the server alone, the session goes on',
    async run(t) {
      const chat = await t.socket.chat();
      await chat.emit('kick');
      await chat.next('disconnect');
      await t.socket.emit('echo', 'still here');
      expectSame(await t.socket.next('echo'), ['still here'], 'echo');
      expect(!t.socket.has('disconnect'), 'the default namespace was disconnected too');
    },
  },
];
