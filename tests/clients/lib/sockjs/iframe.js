'use strict';
// The client in the server's iframe page, which has to be of the version of the client in the page around it.
//
// A server names one script there, and the clients here are of several versions. So the browser is given the bundle under
// test in place of that script, wherever it would come from; a script of the server's own that is of the right version is
// left alone.

const fs = require('node:fs');

/** Arranges that for as long as the checks of `subject` run; `bundle` is its file. */
async function lendScript(browser, front, bundle, report) {
  const url = await scriptOf(front);
  const script = fs.readFileSync(bundle, 'utf8');
  if (url.startsWith(front.url) && firstLine(await (await fetch(url)).text()) === firstLine(script)) {
    report.note(`the iframe page's script is the server's own, ${new URL(url).pathname}`);
    return { end: async () => {} };
  }
  return browser.replaceScript(url, script);
}

/** The URL of the script that the server's iframe page includes. */
async function scriptOf(front) {
  const page = `${front.url}/echo/iframe.html`;
  const html = await (await fetch(page)).text();
  const src = /<script src="([^"]+)">/.exec(html)?.[1];
  if (src === undefined) throw new Error(`no script in ${page}: ${html}`);
  return new URL(src.replaceAll('&amp;', '&'), page).href;
}

/** The comment with name and version that every bundle begins with. */
function firstLine(script) {
  return script.slice(0, script.indexOf('\n'));
}

module.exports = { lendScript };
