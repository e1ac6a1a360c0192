'use strict';
// SockJS clients' browser bundles in Chromium. Usage: node sockjs-chromium.js [--only PART_OF_A_NAME] [--peer NAME] http://HOST:PORT

const path = require('node:path');
const { launchBrowser, openPage } = require('./lib/chromium.js');
const { Front } = require('./lib/front.js');
const { SockJsClient } = require('./lib/sockjs/client.js');
const { runSockJsDriver } = require('./lib/sockjs/driver.js');
const { lendScript } = require('./lib/sockjs/iframe.js');
const { subjects } = require('./lib/sockjs/subjects.js');
const { runSockJsSuite } = require('./lib/sockjs/suite.js');

runSockJsDriver(async ({ report, server, witness, wanted }) => {
  const browser = await launchBrowser();
  try {
    for (const subject of subjects('chromium').filter(({ name }) => wanted(name))) {
      const bundle = require.resolve(subject.bundle);
      const front = await new Front(server.url, {
        'sockjs.html': path.join(__dirname, 'pages/sockjs.html'),
        'agent.js': path.join(__dirname, 'lib/sockjs/agent.js'),
        'sockjs.js': bundle,
      }).listen();
      const lent = await lendScript({ browser, server, front, bundle, report });
      const client = await openPage(browser, front.page('sockjs.html', subject), report, SockJsClient);
      await runSockJsSuite({ report, subject, client, front, witness, server });
      await client.end();
      await lent.end();
      await front.close();
    }
  } finally {
    await browser.close();
  }
});
