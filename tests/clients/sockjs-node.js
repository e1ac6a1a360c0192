'use strict';
// SockJS clients in Node.js. Usage: node sockjs-node.js [--only PART_OF_A_NAME] [--peer NAME] http://HOST:PORT

const { Front } = require('./lib/front.js');
const { runSockJsDriver, startSockJsClient } = require('./lib/sockjs/driver.js');
const { subjects } = require('./lib/sockjs/subjects.js');
const { runSockJsSuite } = require('./lib/sockjs/suite.js');

runSockJsDriver(async ({ report, server, witness, wanted }) => {
  for (const subject of subjects('node').filter(({ name }) => wanted(name))) {
    const front = await new Front(server.url).listen();
    const client = startSockJsClient(subject.package);
    await runSockJsSuite({ report, subject, client, front, witness, server });
    await client.end();
    await front.close();
  }
});
