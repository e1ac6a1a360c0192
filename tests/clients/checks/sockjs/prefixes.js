'use strict';
// The other SockJS prefixes of the reference app, each in sessions of its own.

const { expect, expectSame } = require('../../lib/client.js');
const { needs } = require('../../lib/sockjs/client.js');

/** A message there and back in a session of its own on this prefix. */
async function echoes(t, prefix) {
  const session = await t.open(prefix);
  await session.send('hello', 'again 😀');
  expectSame(await session.message(), 'hello', 'first echo');
  if (t.subject.cannot('take several frames at once') === undefined) {
    expectSame(await session.message(), 'again 😀', 'second echo');
  }
  await session.close();
}

/** What passes on a prefix from now on. */
function passing({ front }, prefix) {
  const before = front.requests.length;
  return () => front.requests.slice(before).filter((line) => line.split(' ')[1].startsWith(`${prefix}/`));
}

module.exports = [
  {
    name: '/broadcast: two clients of different transports hear each other and themselves',
    async run(t) {
      const own = await t.open('/broadcast');
      const other = await t.witness.open('/broadcast', t.subject.transport);
      for (let i = 0; i < 10; i += 1) {
        for (const [sender, text] of [[own, `${i} of its own 😀`], [other, `${i} of the other \u2028`]]) {
          await sender.send(text);
          expectSame(await own.message(), text, 'at the client');
          expectSame(await other.message(), text, 'at the other client');
        }
      }
      await own.close();
      await other.close();
    },
  },
  {
    name: '/broadcast: 100 messages of the other client in order',
    async run(t) {
      needs(t, 'take several frames at once');
      const own = await t.open('/broadcast');
      const other = await t.witness.open('/broadcast', t.subject.transport);
      const texts = Array.from({ length: 100 }, (_, i) => `${i} from the other`);
      await other.send(...texts);
      for (const text of texts) expectSame(await own.message(), text, 'message');
      await own.close();
      await other.close();
    },
  },
  {
    name: '/disabled_websocket_echo: works over all but websocket, which is not tried',
    async run(t) {
      const prefix = '/disabled_websocket_echo';
      if (t.subject.transport !== 'websocket') {
        await echoes(t, prefix);
        return;
      }
      const passed = passing(t, prefix);
      const session = await t.client.start(t.front.url + prefix, 'websocket');
      expectSame(await session.next('close'), [2000, 'All transports failed', false], 'code, reason and wasClean');
      const tried = passed().filter((line) => line.split('?')[0].endsWith('/websocket'));
      expectSame(tried, [], 'requests for the WebSocket');
    },
  },
  {
    name: '/cookie_needed_echo: works',
    run: (t) => echoes(t, '/cookie_needed_echo'),
  },
  {
    name: '/cookie_needed_echo: a page of the same origin gets a cookie, and keeps one that it has',
    async run(t) {
      needs(t, 'have cookies');
      const cookie = (value) => t.client.call('setCookie', `JSESSIONID=${value}; path=/`);
      await cookie('gone; max-age=0');
      await echoes(t, '/cookie_needed_echo');
      expectSame(await t.client.call('cookies'), 'JSESSIONID=dummy', 'cookies');
      await cookie('node-3');
      await echoes(t, '/cookie_needed_echo');
      expectSame(await t.client.call('cookies'), 'JSESSIONID=node-3', 'cookies');
      await cookie('gone; max-age=0');
    },
  },
  {
    name: 'a query in the URL goes with every request',
    async run(t) {
      needs(t, 'take a query in the URL');
      const passed = passing(t, '/echo');
      await echoes(t, '/echo?token=a%20b');
      expect(passed().length > 0, 'nothing passed');
      expectSame(passed().filter((line) => !/\?(.*&)?token=a%20b(&|$)/.test(line)), [], 'requests without it');
    },
  },
];
