'use strict';
// The demo page, by two visitors in Chromium: one over websocket, the other over each transport the page offers.
// Usage: node demo-page.js [--screenshots FOLDER] [--only PART_OF_A_NAME] http://HOST:PORT
//
// Finds its way by the hooks that the page's own chat.js lists. With --screenshots it keeps pictures of the form and of the
// chat, at the size of a phone and of a desktop.

const fs = require('node:fs');
const path = require('node:path');
const { parseArgs } = require('node:util');
const { launchBrowser } = require('./lib/chromium.js');
const { PATIENCE, expect, expectSame } = require('./lib/client.js');
const { Report } = require('./lib/report.js');

const SIZES = {
  desktop: { width: 1280, height: 800 },
  phone: { width: 390, height: 844, isMobile: true, hasTouch: true, deviceScaleFactor: 2 },
};

const WORDS = [
  'hello by wire',
  'quotes "\' back\\slash \\/ 100% a+b=c&d; :+:',
  '😀 𝒳 ключ \u2028 end',
  '<b>not bold</b></textarea></script><!-- <script>alert(1)</script>',
];

/** One visitor: a page in a browser context, so a store and a cache, of its own. */
class Visitor {
  static async arrive(browser, url, size, errors) {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.setViewport(SIZES[size]);
    page.on('pageerror', (error) => errors.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') errors.push(`${message.text()} (${message.location().url ?? ''})`);
    });
    await page.goto(url, { waitUntil: 'load' });
    await page.waitForSelector('html[data-screen=join]');
    return new Visitor(context, page);
  }

  constructor(context, page) {
    this.context = context;
    this.page = page;
  }

  /** The transports that the page offers and this browser has. */
  transports() {
    return this.page.$$eval('#transport input[name=transport]:enabled', (radios) =>
      radios.map((radio) => radio.dataset.transport),
    );
  }

  async join(nick, transport) {
    await this.#type('#nick', nick);
    await this.#pick(transport);
    await this.page.click('#join');
    await this.joined(transport);
  }

  /** Resolves when the page is joined by this transport. */
  async joined(transport) {
    const joined = `#state[data-state=connected][data-transport="${transport}"][data-joined]`;
    await this.page.waitForSelector(joined, { timeout: 2 * PATIENCE });
  }

  async changeTo(transport) {
    await this.#pick(transport);
    await this.joined(transport);
  }

  async say(text) {
    await this.#type('#text', text);
    await this.page.click('#send');
  }

  /** Resolves when the last message of this visitor is that text, with its receipt. */
  async hears(nick, text) {
    await eventually(async () => {
      const texts = await this.page.$$eval(
        '#log [data-message]:not([data-pending])',
        (messages, from) => messages.filter((m) => m.dataset.nick === from).map((m) => m.querySelector('.text').textContent),
        nick,
      );
      expectSame(texts.at(-1), text, `last message of ${nick}`);
    });
  }

  /** Resolves when the list of visitors is this one: nick and transport of each, in any order. */
  async sees(expected) {
    const wanted = Object.entries(expected).map(([nick, transport]) => `${nick} by ${transport}`).sort();
    await eventually(async () => {
      const rows = await this.page.$$eval('#visitors [data-visitor]', (visitors) =>
        visitors.map(({ dataset }) => `${dataset.nick} by ${dataset.transport}`),
      );
      expectSame(rows.sort(), wanted, 'visitors');
    });
  }

  /** How many pixels the page is wider than the screen. */
  overflow() {
    return this.page.evaluate(() => document.scrollingElement.scrollWidth - window.innerWidth);
  }

  async leave() {
    await this.#openPanel();
    await this.page.click('#leave');
    await this.page.waitForSelector('html[data-screen=join]');
  }

  async end() {
    await this.context.close();
  }

  /** Sets the value as typing does; the keyboard itself could not type every character. */
  #type(selector, text) {
    return this.page.$eval(selector, (field, value) => {
      field.focus();
      field.value = value;
      field.dispatchEvent(new Event('input', { bubbles: true }));
    }, text);
  }

  async #pick(transport) {
    await this.#openPanel();
    await this.page.$eval(`#transport input[data-transport="${transport}"]`, (radio) => radio.click());
  }

  /** On narrow screens the panel with the transports and the way out is behind a button, once joined. */
  #openPanel() {
    return this.page.$eval('#panel-toggle', (button) => {
      const joined = document.documentElement.dataset.screen === 'chat';
      if (joined && button.offsetParent !== null && button.getAttribute('aria-expanded') === 'false') button.click();
    });
  }
}

/** Tries until it does not throw; after the patience of a check, throws what it threw last. */
async function eventually(body) {
  const end = Date.now() + PATIENCE;
  for (;;) {
    try {
      return await body();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      screenshots: { type: 'string' },
      only: { type: 'string', default: '' },
    },
  });
  if (positionals.length !== 1) {
    console.error(`usage: node ${process.argv[1]} [--screenshots FOLDER] [--only PART_OF_A_NAME] http://HOST:PORT`);
    process.exitCode = 2;
    return;
  }
  const [url] = positionals;
  const report = new Report();
  const browser = await launchBrowser();
  const errors = [];
  try {
    const ada = await Visitor.arrive(browser, url, 'desktop', errors);
    const transports = await ada.transports();
    report.note(`the page offers ${transports.join(', ')}`);
    await report.check('page: the first visitor joins by websocket', async () => {
      await ada.join('Ada', 'websocket');
      await ada.sees({ Ada: 'websocket' });
    });
    for (const transport of transports.filter((name) => `page ${name}`.includes(values.only))) {
      await visit({ report, browser, url, errors, ada, transport });
    }
    await look({ report, browser, url, errors, ada, folder: values.screenshots });
    await report.check('page: raises no error', () => expectSame(errors, [], 'errors'));
    await ada.end();
    report.finish();
  } catch (error) {
    console.log(`Bail out! ${error.stack}`);
    process.exitCode = 1;
  } finally {
    await browser.close();
  }
}

/** A second visitor over this transport: joins, talks, changes the transport and back, leaves. */
async function visit({ report, browser, url, errors, ada, transport }) {
  const ben = await Visitor.arrive(browser, url, 'phone', errors);
  const check = (name, body) => report.check(`page ${transport}: ${name}`, body);
  await check('a visitor joins, and both see each other', async () => {
    await ben.join('Ben', transport);
    await ben.sees({ Ada: 'websocket', Ben: transport });
    await ada.sees({ Ada: 'websocket', Ben: transport });
  });
  await check('what one says both read', async () => {
    for (const words of WORDS) {
      await ben.say(words);
      await ada.hears('Ben', words);
      await ben.hears('Ben', words);
      await ada.say(`${words} indeed`);
      await ben.hears('Ada', `${words} indeed`);
    }
  });
  const other = transport === 'xhr-polling' ? 'websocket' : 'xhr-polling';
  await check('a change of transport is seen by both', async () => {
    await ben.changeTo(other);
    await ada.sees({ Ada: 'websocket', Ben: other });
    await ben.changeTo(transport);
    await ada.sees({ Ada: 'websocket', Ben: transport });
    await ben.say('changed and back');
    await ada.hears('Ben', 'changed and back');
  });
  await check('who leaves is gone for the other', async () => {
    await ben.leave();
    await ada.sees({ Ada: 'websocket' });
  });
  await ben.end();
}

/** Form and chat at both sizes: nothing is wider than the screen, and pictures are taken when wanted. */
async function look({ report, browser, url, errors, ada, folder }) {
  if (folder !== undefined) fs.mkdirSync(folder, { recursive: true });
  for (const size of Object.keys(SIZES)) {
    const eve = await Visitor.arrive(browser, url, size, errors);
    const shoot = async (screen) => {
      if (folder === undefined) return;
      // Fonts and transitions are done when two frames in a row have been drawn.
      await eve.page.evaluate(() => document.fonts.ready.then(() => new Promise((done) =>
        requestAnimationFrame(() => requestAnimationFrame(() => done())),
      )));
      await eve.page.screenshot({ path: path.join(folder, `${screen}-${size}.png`) });
    };
    await report.check(`page on a ${size}: form and chat fit the screen`, async () => {
      expect((await eve.overflow()) <= 0, `the form is ${await eve.overflow()} px too wide`);
      await shoot('form');
      await eve.join('Eve', 'websocket');
      const question = `How does it look on a ${size}?`;
      await ada.say(question);
      await eve.hears('Ada', question);
      const answer = `On this ${size} even a rather long answer, which needs more than one line, is easy to read.`;
      await eve.say(answer);
      await ada.hears('Eve', answer);
      expect((await eve.overflow()) <= 0, `the chat is ${await eve.overflow()} px too wide`);
      await shoot('chat');
    });
    await eve.end();
  }
}

main();
