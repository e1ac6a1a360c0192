'use strict';
// All SockJS checks for one client over one transport.

const { expect } = require('../client.js');
const { Skipped } = require('../report.js');

const IN_ONE_SESSION = require('../../checks/sockjs/messages.js');
const IN_SESSIONS_OF_THEIR_OWN = [
  ...require('../../checks/sockjs/endings.js'),
  ...require('../../checks/sockjs/prefixes.js'),
  ...require('../../checks/sockjs/rooms.js'),
];

/**
 * Runs the checks of `subject`, a client started as `client` whose connections pass through `front`.
 *
 * `witness` has other clients that talk to the server directly.
 */
async function runSockJsSuite({ report, subject, client, front, witness, server }) {
  const open = opener(client, front, subject, report);
  const t = { report, subject, client, front, witness, server, open };

  for (const { name, run } of IN_ONE_SESSION) {
    await report.check(`${subject.name}: ${name}`, async () => {
      client.forget();
      if (t.session === undefined || !(await t.session.isOpen())) t.session = await open('/echo');
      try {
        await run(t);
      } catch (error) {
        // What comes late shall not fail the next check.
        if (!(error instanceof Skipped)) await t.session.close().catch(() => {});
        throw error;
      }
    });
  }
  if (t.session !== undefined) await t.session.close().catch(() => {});

  for (const { name, run } of IN_SESSIONS_OF_THEIR_OWN) {
    await report.check(`${subject.name}: ${name}`, async () => {
      client.forget();
      witness.forget();
      // Left over, such requests would soon take up all connections that a browser makes to one server.
      if (subject.cannot('end its last request') !== undefined) front.cut();
      await run(t);
    });
  }
}

/** Opens sessions until two in a row have failed; after that it fails at once, so that a hopeless run ends soon. */
function opener(client, front, subject, report) {
  let failures = 0;
  return async (prefix) => {
    expect(failures < 2, 'not tried: opening has failed twice');
    failures += 1;
    const note = (text) => report.note(`${subject.name}: ${text}`);
    const session = await client.open(front.url + prefix, subject.transport, note);
    failures = 0;
    return session;
  };
}

module.exports = { runSockJsSuite };
