'use strict';
// How SockJS sessions end. Each check has a session of its own.

const { expect, expectSame } = require('../../lib/client.js');
const { Skipped } = require('../../lib/report.js');
const { needs } = require('../../lib/sockjs/client.js');

/** Longer than any client waits before its next request. */
const NO_RECONNECTION = 700;

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Expects the session to be closed with this code and reason, as far as the client tells them. */
async function closedWith(t, session, code, reason) {
  const args = await session.next('close');
  const why = t.subject.cannot('tell a close code');
  if (why === undefined) expectSame(args, [code, reason, true], 'code, reason and wasClean');
  else t.report.note(`${t.subject.name}: closed with ${code}, which it cannot tell: ${why}`);
}

/** Fails when the client asks for anything more. */
async function staysAway({ front }) {
  await front.quiet(100);
  const before = front.requests.length;
  await pause(NO_RECONNECTION);
  expectSame(front.requests.slice(before), [], 'requests after the end');
}

/** Longer than a server takes to see a connection end, and shorter than it waits for the next request of a session. */
const FORGETTING = 4000;

/** Resolves when the server answers that it does not know the session whose requests passed last. */
async function forgotten({ front, server }) {
  const path = front.requests.map((line) => /^\w+ (\/[^/]+\/[^/]+\/[^/]+)\/\w+/.exec(line)?.[1]).filter(Boolean).at(-1);
  const end = Date.now() + FORGETTING;
  let status;
  do {
    await pause(20);
    // Without messages: it asks, and changes nothing.
    status = (await fetch(`${server.url}${path}/xhr_send`, { method: 'POST', body: '[]' })).status;
  } while (status === 204 && Date.now() < end);
  expectSame(status, 404, 'status of a request that sends');
}

module.exports = [
  {
    name: 'is closed by the server with 3000 "Go away!", and stays away',
    async run(t) {
      const session = await t.open('/close');
      await closedWith(t, session, 3000, 'Go away!');
      expect(!(await session.isOpen()), 'the client still takes itself for open');
      await staysAway(t);
    },
  },
  {
    name: 'closes with 1000, and stays away',
    async run(t) {
      const session = await t.open('/echo');
      await session.close();
      await closedWith(t, session, 1000, 'Normal closure');
      await staysAway(t);
    },
  },
  {
    name: 'closes with a code of its own behind messages',
    async run(t) {
      needs(t, 'tell a close code');
      const session = await t.open('/echo');
      await session.send('before the end');
      expectSame(await session.message(), 'before the end', 'message');
      await session.close(3001, 'enough');
      await closedWith(t, session, 3001, 'enough');
    },
  },
  {
    name: 'is forgotten by the server after it has closed',
    async run(t) {
      if (t.subject.transport === 'websocket') throw new Skipped('only a session of requests can be asked for');
      needs(t, 'end its last request');
      const session = await t.open('/echo');
      await session.send('first');
      await session.message();
      // Between two polls nothing would tell the server that the client has gone.
      await t.front.quiet(100);
      await session.close();
      await session.next('close');
      await forgotten(t);
    },
  },
  {
    name: 'notices a broken connection, and opens anew',
    async run(t) {
      needs(t, 'notice a broken stream');
      const session = await t.open('/echo');
      await session.send('before the break');
      expectSame(await session.message(), 'before the break', 'echo');
      await t.front.quiet(100);
      t.front.cut();
      const [code] = await session.next('close');
      // The client's own 1006, or the server's word to a client that asks again for a session that broke.
      if (t.subject.cannot('tell a close code') === undefined) expect([1002, 1006].includes(code), `closed with ${code}`);
      const another = await t.open('/echo');
      await another.send('again');
      expectSame(await another.message(), 'again', 'echo in the next session');
      await another.close();
    },
  },
];
