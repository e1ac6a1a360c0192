'use strict';
// How sessions end and come back. Each check has a session of its own.

const { PATIENCE, expect, expectSame, leftOut } = require('../lib/client.js');

/** Longer than the client's first reconnection delay, 0.5 s. */
const NO_RECONNECTION = 1200;

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Fails when the client makes another handshake within the time in which it would reconnect. */
async function staysAway(t) {
  const handshakes = () => t.front.requests.filter((line) => /\/socket\.io\/1\/\?/.test(line)).length;
  const before = handshakes();
  await pause(NO_RECONNECTION);
  expectSame(handshakes(), before, 'handshakes');
}

/**
 * Resolves when the server no longer knows the session.
 *
 * Asking is a poll, which a session that still lives takes for its transport and which keeps it alive. So the question
 * waits until nothing passes between client and server, and when it comes too early all the same, or the client's word
 * was lost, the next one waits until the close timeout must have ended the session.
 */
async function forgotten(t, id) {
  await t.front.quiet(300);
  if ((await pollOf(t, id)) === UNKNOWN_SESSION) return;
  t.report.note(`the session was still there; asking again after the close timeout of ${t.closeTimeout / 1000} s`);
  await pause(t.closeTimeout + 2000);
  expectSame(await pollOf(t, id), UNKNOWN_SESSION, 'the answer to a poll of the session');
}

const UNKNOWN_SESSION = '7:::1+0';

async function pollOf(t, id) {
  const response = await fetch(`${t.serverUrl}/socket.io/1/xhr-polling/${id}?t=${Date.now()}`);
  return response.text();
}

module.exports = [
  {
    name: 'is disconnected as booted by kick, and stays away',
    async run(t) {
      const socket = await t.connect();
      const { id } = await socket.session();
      await socket.emit('kick');
      expectSame(await socket.next('disconnect'), ['booted'], 'disconnect');
      await staysAway(t);
      expect(!(await socket.session()).connected, 'the client still takes itself for connected');
      await forgotten(t, id);
    },
  },
  {
    name: 'loses every namespace by kick-session',
    async run(t) {
      const socket = await t.connect();
      const { id } = await socket.session();
      const chat = await socket.chat();
      await chat.emit('kick-session');
      const [reason] = await socket.next('disconnect', t.closeTimeout + PATIENCE);
      await chat.next('disconnect');
      await forgotten(t, id);
      // `booted` tells the client to stay away; after anything else it comes back.
      if (reason === 'booted') await staysAway(t);
      else await socket.next('reconnect', PATIENCE);
    },
  },
  {
    name: 'disconnects, and the server forgets the session',
    async run(t) {
      const socket = await t.connect();
      const { id } = await socket.session();
      await socket.disconnect();
      expectSame(await socket.next('disconnect'), ['booted'], 'disconnect');
      await forgotten(t, id);
    },
  },
  {
    name: 'comes back by itself after the connection broke',
    async run(t) {
      const socket = await t.connect();
      const chat = await socket.chat();
      const { id } = await socket.session();
      const disconnected = socket.next('disconnect', t.closeTimeout + PATIENCE);
      // Between two polls there is no connection to break, so it is broken until the client has noticed.
      const cutting = setInterval(() => t.front.cut(), 100);
      try {
        await disconnected;
      } finally {
        clearInterval(cutting);
      }
      await socket.next('reconnect', t.closeTimeout + PATIENCE);
      expect((await socket.session()).id !== id, 'the session after it has the id of the one before');
      await socket.emit('echo', 'back');
      expectSame(await socket.next('echo'), ['back'], 'echo');
      if (!leftOut(t, 'connect its endpoints again')) {
        await chat.emit('echo', 'back in /chat');
        expectSame(await chat.next('echo'), ['back in /chat'], 'echo on /chat');
      }
      await socket.disconnect();
    },
  },
];
