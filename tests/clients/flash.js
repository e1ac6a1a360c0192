'use strict';
// Old clients' flashsocket: their own Flash file, played by Ruffle in Chromium.
// Usage: node flash.js [--only PART_OF_A_NAME] [--peer NAME] http://HOST:PORT

const path = require('node:path');
const { launchBrowser, openPage } = require('./lib/chromium.js');
const { runDriver } = require('./lib/driver.js');
const { FlashProxy } = require('./lib/flash-proxy.js');
const { Front } = require('./lib/front.js');
const { subjects } = require('./lib/subjects.js');
const { runSuite } = require('./lib/suite.js');

runDriver(async ({ report, server, witness, wanted }) => {
  const browser = await launchBrowser();
  try {
    for (const subject of subjects('ruffle').filter(({ name }) => wanted(name))) {
      const front = await new Front(server.url, {
        'flash.html': path.join(__dirname, 'pages/flash.html'),
        'flash.js': path.join(__dirname, 'pages/flash.js'),
        'agent.js': path.join(__dirname, 'lib/agent.js'),
        'socket.io.js': require.resolve(`${subject.package}/dist/socket.io.js`),
        'WebSocketMain.swf': require.resolve(`${subject.package}/dist/WebSocketMain.swf`),
        'ruffle/': path.dirname(require.resolve('@ruffle-rs/ruffle')),
      }).listen();
      const proxy = await new FlashProxy(server.url, front, 'localhost').listen();
      const place = new URLSearchParams({ host: '127.0.0.1', port: front.port, proxy: proxy.url });
      const client = await openPage(browser, front.page(`flash.html?${place}`, subject), report);
      await runSuite({ report, subject, client, front, witness, server });
      await report.check(`${subject.name}: was let in by the server's Flash policy`, () => {
        report.note(proxy.policy());
      });
      await client.end();
      await proxy.close();
      await front.close();
    }
  } finally {
    await browser.close();
  }
});
