'use strict';
// One SockJS session on /echo: what goes up comes back, whole and in order.

const { expect, expectSame } = require('../../lib/client.js');
const { needs } = require('../../lib/sockjs/client.js');
const { LONG_ASCII, LONG_MULTIBYTE, SESSION_BREAKERS, STRINGS } = require('../../lib/test-data.js');

// What ends a script or opens a comment there is apart, in checks of its own: it is what htmlfile breaks on.
const MARKUP = {
  'script end': STRINGS['script end'],
  'script end alone': '</script>',
  'a comment and a script': SESSION_BREAKERS['a comment and a script in markup'],
  'a comment': '<!-- --> <b>&amp;</b>',
};

const TEXTS = {
  ...Object.fromEntries(Object.entries(STRINGS).filter(([name]) => name !== 'script end')),
  'U+FFFD': SESSION_BREAKERS['U+FFFD'],
  'a lone double quote': '"',
  'a lone single quote': "'",
  'a lone backslash': '\\',
  percent: '%',
  'percent escapes': '%22%5D %0A %E2%82%AC %ud83d%ude00 %',
  'a frame': 'a["x"]\n',
  'a close frame': 'c[3000,"Go away!"]',
  'an array': '["x"]',
};

/** Characters from U+0000 to U+FFFF that are no surrogates, each once. */
const EVERY_CHARACTER = String.fromCharCode(
  ...Array.from({ length: 0x10000 }, (_, unit) => unit).filter((unit) => unit < 0xd800 || unit > 0xdfff),
);

/** Sends every string by itself and compares each with its echo. */
async function everyString({ session }, strings) {
  const wrong = [];
  for (const [name, string] of Object.entries(strings)) {
    try {
      await session.send(string);
      expectSame(await session.message(), string, 'string');
    } catch (error) {
      wrong.push(`${name}: ${error.message}`);
      // What was lost may come late or have cost the session, so that nothing behind it would be of use.
      break;
    }
  }
  expect(wrong.length === 0, wrong.join('\n'));
}

/** Sends the messages in one turn, where the client can take what that brings back, and compares the echo. */
async function echoesInOrder({ session, subject, report }, messages) {
  const why = subject.cannot('take several frames at once');
  if (why === undefined) await session.send(...messages);
  else report.note(`${subject.name}: one message at a time: ${why}`);
  for (const [i, message] of messages.entries()) {
    if (why !== undefined) await session.send(message);
    expectSame(await session.message(), message, `message ${i}`);
  }
}

/** So many messages of the given strings, each with its number. */
function numbered(strings, count) {
  const texts = Object.values(strings);
  return Array.from({ length: count }, (_, i) => `${i}: ${texts[i % texts.length]}`);
}

module.exports = [
  {
    name: 'opens, and over that transport alone',
    async run({ session, subject, front }) {
      expectSame(session.transport, subject.transport, 'transport');
      const paths = front.requests.map((line) => /^\w+ \/echo\/[^/?]+\/[^/?]+\/(\w+)/.exec(line)?.[1]);
      const own = [subject.endpoint.path, 'xhr_send', 'jsonp_send'];
      expect(paths.includes(subject.endpoint.path), `no request for ${subject.endpoint.path} passed`);
      expectSame(paths.filter((path) => path !== undefined && !own.includes(path)), [], 'requests of other transports');
    },
  },
  {
    name: 'asks for /info first',
    async run(t) {
      needs(t, 'ask for /info');
      const [first] = t.front.requests.filter((line) => line.includes('/echo'));
      expect(/^GET \/echo\/info(\?|$)/.test(first), `the first request was ${first}`);
    },
  },
  {
    name: 'echoes awkward strings',
    run: (t) => everyString(t, TEXTS),
  },
  {
    name: 'echoes markup',
    run: (t) => everyString(t, MARKUP),
  },
  {
    name: 'echoes every character of the basic plane in one message',
    async run(t) {
      needs(t, 'take long texts that are not ASCII');
      const { session } = t;
      await session.send(EVERY_CHARACTER);
      expectSame(await session.message(), EVERY_CHARACTER, 'text');
    },
  },
  {
    name: 'survives half surrogate pairs, which come back or become U+FFFD',
    async run({ session }) {
      await session.send('high \ud83d, low \ude00.');
      const echo = await session.message();
      expect(/^high (\ud83d|\ufffd+), low (\ude00|\ufffd+)\.$/.test(echo), `got ${JSON.stringify(echo)}`);
    },
  },
  {
    name: 'echoes 100 kB of ASCII',
    async run({ session }) {
      await session.send(LONG_ASCII);
      expectSame(await session.message(), LONG_ASCII, 'text');
    },
  },
  {
    name: 'echoes 100 kB in characters of one to four bytes',
    async run(t) {
      needs(t, 'take long texts that are not ASCII');
      const { session } = t;
      await session.send(LONG_MULTIBYTE);
      expectSame(await session.message(), LONG_MULTIBYTE, 'text');
    },
  },
  {
    name: 'echoes 200 messages in order, the 100th of 100 kB',
    async run(t) {
      const messages = numbered(TEXTS, 200);
      const why = t.subject.cannot('take long texts that are not ASCII');
      if (why !== undefined) t.report.note(`${t.subject.name}: the long one in ASCII: ${why}`);
      messages[99] = why === undefined ? LONG_MULTIBYTE : LONG_ASCII;
      await echoesInOrder(t, messages);
    },
  },
  {
    name: 'echoes 200 messages of markup in order',
    run: (t) => echoesInOrder(t, numbered(MARKUP, 200)),
  },
  {
    // On /echo an answer ends when it has brought 4,096 bytes: with the fifth of these messages, however it is dressed.
    name: 'asks again at the response limit, and loses nothing there',
    async run({ session, subject, front }) {
      const isReceiving = (line) => line.split(/[ ?]/)[1].endsWith(`/${subject.endpoint.path}`);
      // Not before the receiving request is there that the last message made the client send.
      await front.quiet(100);
      const before = front.requests.filter(isReceiving).length;
      for (let i = 0; i < 16; i += 1) {
        const message = `${i}`.padEnd(900, 'x');
        await session.send(message);
        expectSame(await session.message(), message, `message ${i}`);
      }
      await front.quiet(100);
      const asked = front.requests.filter(isReceiving).length - before;
      const [least, most] = { websocket: [0, 0], streaming: [3, 4], polling: [16, 16] }[subject.endpoint.kind];
      expect(asked >= least && asked <= most, `${asked} receiving requests, not ${least} to ${most}`);
    },
  },
];
