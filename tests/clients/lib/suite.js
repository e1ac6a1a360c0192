'use strict';
// All checks for one client over one transport.

const { PATIENCE, expect, expectSame } = require('./client.js');

const IN_ONE_SESSION = [
  ...require('../checks/messages.js'),
  ...require('../checks/rooms.js'),
  ...require('../checks/endpoints.js'),
];
const IN_SESSIONS_OF_THEIR_OWN = require('../checks/endings.js');

/**
 * Runs the checks of `subject`, a client started as `client` whose connections pass through `front`.
 *
 * `witness` is another client, of another transport, that talks to the server directly.
 */
async function runSuite({ report, subject, client, front, witness, server }) {
  const t = {
    report,
    subject,
    front,
    serverUrl: server.url,
    closeTimeout: server.closeTimeout,
    connect: connector(client, front, subject),
  };

  await report.check(`${subject.name}: connects`, async () => {
    const before = front.requests.length;
    t.socket = await t.connect();
    expectSame((await t.socket.session()).transport, subject.transport, 'transport');
    const path = new RegExp(`^GET /socket\\.io/1/${subject.transport}/`);
    expect(front.requests.slice(before).some((line) => path.test(line)), `no request for ${subject.transport} passed`);
  });

  for (const { name, run } of IN_ONE_SESSION) {
    await report.check(`${subject.name}: ${name}`, async () => {
      // What a failed check left behind shall not fail the next one.
      client.forget();
      witness.client.forget();
      if (t.socket === undefined || !(await t.socket.session()).connected) t.socket = await t.connect();
      t.witness = await witness.socket(subject.transport);
      await run(t);
    });
  }
  if (t.socket !== undefined) await t.socket.disconnect().catch(() => {});

  for (const { name, run } of IN_SESSIONS_OF_THEIR_OWN) {
    await report.check(`${subject.name}: ${name}`, async () => {
      client.forget();
      await run(t);
    });
  }
}

/** Connects sessions until two in a row have failed; after that it fails at once, so that a hopeless run ends soon. */
function connector(client, front, subject) {
  let failures = 0;
  return async () => {
    expect(failures < 2, 'not tried: connecting has failed twice');
    failures += 1;
    const socket = await client.connect(front.url, subject.transport);
    await socket.next('connect', 2 * PATIENCE);
    failures = 0;
    return socket;
  };
}

module.exports = { runSuite };
