'use strict';
// Old clients' browser bundles in Chromium. Usage: node chromium.js [--only PART_OF_A_NAME] [--peer NAME] http://HOST:PORT

const path = require('node:path');
const { launchBrowser, openPage } = require('./lib/chromium.js');
const { runDriver } = require('./lib/driver.js');
const { Front } = require('./lib/front.js');
const { subjects } = require('./lib/subjects.js');
const { runSuite } = require('./lib/suite.js');

runDriver(async ({ report, server, witness, wanted }) => {
  const browser = await launchBrowser();
  try {
    for (const subject of subjects('chromium').filter(({ name }) => wanted(name))) {
      const front = await new Front(server.url, {
        'client.html': path.join(__dirname, 'pages/client.html'),
        'htmlfile.js': path.join(__dirname, 'pages/htmlfile.js'),
        'agent.js': path.join(__dirname, 'lib/agent.js'),
        'socket.io.js': require.resolve(`${subject.package}/dist/socket.io.js`),
      }).listen();
      const client = await openPage(browser, front.page('client.html', subject), report);
      await runSuite({ report, subject, client, front, witness, server });
      await client.end();
      await front.close();
    }
  } finally {
    await browser.close();
  }
});
