'use strict';
// The client in the server's iframe page, which has to be of the version of the client in the page around it.
//
// A server names one script there, and the clients here are of several versions. So the browser is given the bundle under
// test in place of that script, wherever it would come from; a script of the server's own that is of the right version is
// left alone.

const fs = require('node:fs');

/** Arranges that for pages that reach the server by `front`, until `end` of what is returned; `bundle` is a file. */
async function lendScript({ browser, server, front, bundle, report }) {
  const script = fs.readFileSync(bundle, 'utf8');
  const src = await scriptOf(`${server.url}/echo/iframe.html`);
  const own = new URL(src, `${server.url}/echo/`);
  if (own.href.startsWith(server.url) && firstLine(await (await fetch(own)).text()) === firstLine(script)) {
    report.note(`the script of the iframe page is the server's own, ${own.pathname}`);
    return { end: async () => {} };
  }
  return browser.replaceScript(new URL(src, `${front.url}/echo/`).href, script);
}

/** What an iframe page names as its script. */
async function scriptOf(page) {
  const html = await (await fetch(page)).text();
  const src = /<script src="([^"]+)">/.exec(html)?.[1];
  if (src === undefined) throw new Error(`no script in ${page}: ${html}`);
  return src.replaceAll('&amp;', '&');
}

/** The comment with name and version that every bundle begins with. */
function firstLine(script) {
  return script.slice(0, script.indexOf('\n'));
}

module.exports = { lendScript };
