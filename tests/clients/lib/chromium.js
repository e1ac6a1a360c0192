'use strict';
// Old clients in a page of headless Chromium.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const puppeteer = require('puppeteer-core');
const { Client } = require('./client.js');

const FLAGS = [
  '--headless',
  '--no-sandbox', // Chromium refuses its sandbox to root, which tests in containers often are.
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // A page that is not looked at shall poll as eagerly as one that is.
  '--disable-background-timer-throttling',
  '--disable-renderer-backgrounding',
  '--disable-backgrounding-occluded-windows',
];

/** A Chromium with a profile of its own: $CHROMIUM, or the one on the PATH. */
async function launchBrowser() {
  const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'longwire-chromium-'));
  const browser = await puppeteer.launch({
    executablePath: process.env.CHROMIUM ?? findChromium(),
    args: [...FLAGS, `--user-data-dir=${profile}`],
    ignoreDefaultArgs: true,
    pipe: false,
  });
  return {
    newPage: () => browser.newPage(),
    /** A window apart from all others, with a store and a cache of its own. */
    newContext: () => browser.createBrowserContext(),
    /** Answers requests for this URL with a script, in every page and frame, until `end` of what it returns is called. */
    replaceScript: (url, script) => replaceScript(browser, url, script),
    async close() {
      await browser.close();
      fs.rmSync(profile, { recursive: true, force: true });
    },
  };
}

async function replaceScript(browser, url, script) {
  // Asked of the browser as a whole: frames of other sites have processes of their own.
  const session = await browser.target().createCDPSession();
  session.on('Fetch.requestPaused', async ({ requestId }) => {
    const answer = {
      requestId,
      responseCode: 200,
      responseHeaders: [{ name: 'Content-Type', value: 'text/javascript; charset=utf-8' }],
      body: Buffer.from(script).toString('base64'),
    };
    // The frame may have gone meanwhile.
    await session.send('Fetch.fulfillRequest', answer).catch(() => {});
  });
  const urlPattern = url.replace(/[\\*?]/g, '\\$&');
  await session.send('Fetch.enable', { patterns: [{ urlPattern, requestStage: 'Request' }] });
  return { end: () => session.detach() };
}

function findChromium() {
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  for (const name of ['chromium', 'chromium-browser', 'google-chrome']) {
    for (const folder of folders) {
      const file = path.join(folder, name);
      if (fs.existsSync(file)) return file;
    }
  }
  throw new Error('no Chromium on the PATH (chromium, chromium-browser, google-chrome); name one in CHROMIUM');
}

/** The host of a client that lives in a page, which has put its agent into `window.agent`. */
class PageHost {
  #page;
  onReport = () => {};

  constructor(page) {
    this.#page = page;
  }

  call(method, args) {
    // As text: on its own way to a page a string with half a surrogate pair would not arrive whole.
    return this.#page.evaluate((m, a) => window.agent[m](...JSON.parse(a)) ?? null, method, JSON.stringify(args));
  }

  async end() {
    await this.#page.close();
  }
}

/** Opens a page that makes an agent, and returns the client in it, as the given class shows it to the checks. */
async function openPage(browser, url, report, ClientInPage = Client) {
  const page = await browser.newPage();
  const seen = new Set();
  page.on('pageerror', (error) => {
    const text = `in the page: ${error.stack ?? error}`;
    if (!seen.has(text)) report.note(text);
    seen.add(text);
  });
  if (process.env.CLIENTS_DEBUG) page.on('console', (message) => report.note(`console: ${message.text()}`));
  const host = new PageHost(page);
  await page.exposeFunction('reportToChecks', (event) => host.onReport(event));
  await page.goto(url, { waitUntil: 'load' });
  await page.waitForFunction(() => window.agent !== undefined);
  return new ClientInPage(host);
}

module.exports = { launchBrowser, openPage };
