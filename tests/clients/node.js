'use strict';
// Old clients in Node.js. Usage: node node.js [--only PART_OF_A_NAME] [--peer NAME] http://HOST:PORT

const { Front } = require('./lib/front.js');
const { runDriver } = require('./lib/driver.js');
const { runSuite } = require('./lib/suite.js');
const { startNodeClient } = require('./lib/node-host.js');
const { subjects } = require('./lib/subjects.js');

runDriver(async ({ report, server, witness, wanted }) => {
  for (const subject of subjects('node').filter(({ name }) => wanted(name))) {
    const front = await new Front(server.url).listen();
    const client = startNodeClient(subject.package);
    await runSuite({ report, subject, client, front, witness, server });
    await client.end();
    await front.close();
  }
});
