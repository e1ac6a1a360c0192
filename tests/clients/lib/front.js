'use strict';
// A TCP front before the server under test: it pipes bytes unchanged, notes which requests passed, and can cut.
//
// Pages for the browser come from the front too, under /clients-page/. So a page is of the same origin as the server when
// it is opened on the front's own address, and of another origin when it is opened under the name `localhost`; the server
// hosts nothing for it. Which connections are for pages is seen at their first request, so a page loads its files before it
// asks the server for anything.

const fs = require('node:fs');
const http = require('node:http');
const net = require('node:net');
const path = require('node:path');

const PAGES = '/clients-page/';
const CONTENT_TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.swf': 'application/x-shockwave-flash',
  '.wasm': 'application/wasm',
};

class Front {
  /** Request lines seen at the start of what clients sent, in order; later requests of a connection included. */
  requests = [];
  #sockets = new Set();
  #lastPassed = 0;
  #target;
  #server;
  #pages;

  /** `files` maps the names under /clients-page/ to paths of files, or of folders when they end in a slash. */
  constructor(serverUrl, files = {}) {
    this.#target = new URL(serverUrl);
    this.#pages = http.createServer((request, response) => servePage(files, request, response));
    this.#server = net.createServer((socket) => this.#accept(socket));
  }

  async listen() {
    await new Promise((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.port = this.#server.address().port;
    /** The server under test, as clients of this front reach it. */
    this.url = `http://127.0.0.1:${this.port}`;
    return this;
  }

  /** The address of a page, on an origin that is the server's or another. */
  page(name, { sameOrigin }) {
    return `http://${sameOrigin ? '127.0.0.1' : 'localhost'}:${this.port}${PAGES}${name}`;
  }

  /** Breaks every connection, without a word. */
  cut() {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Resolves when nothing has passed, in either direction, for so many milliseconds. */
  async quiet(milliseconds) {
    let rest;
    while ((rest = this.#lastPassed + milliseconds - Date.now()) > 0) {
      await new Promise((resolve) => setTimeout(resolve, rest));
    }
  }

  async close() {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(client) {
    this.#keep(client);
    client.once('data', (first) => {
      if (first.toString('latin1').startsWith(`GET ${PAGES}`)) {
        client.pause();
        client.unshift(first);
        this.#pages.emit('connection', client);
        client.resume();
        return;
      }
      const server = this.#keep(net.connect(Number(this.#target.port || 80), this.#target.hostname));
      client.on('data', (bytes) => this.#note(bytes));
      server.on('data', () => (this.#lastPassed = Date.now()));
      this.#note(first);
      server.write(first);
      client.pipe(server);
      server.pipe(client);
      client.on('close', () => server.destroy());
      server.on('close', () => client.destroy());
    });
  }

  #keep(socket) {
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    return socket;
  }

  #note(bytes) {
    this.#lastPassed = Date.now();
    const line = /^(GET|POST|OPTIONS) (\S+) HTTP\/1\.[01]\r\n/.exec(bytes.toString('latin1'));
    if (line !== null) this.requests.push(`${line[1]} ${line[2]}`);
  }
}

function servePage(files, request, response) {
  const name = new URL(request.url, 'http://front').pathname.slice(PAGES.length);
  const file = findFile(files, name);
  // The connection must not stay: the browser would send its next request for the server on it.
  const headers = { Connection: 'close', 'Cache-Control': 'no-store' };
  if (file === undefined || !fs.existsSync(file)) {
    response.writeHead(404, headers).end();
    return;
  }
  headers['Content-Type'] = CONTENT_TYPES[path.extname(file)] ?? 'application/octet-stream';
  response.writeHead(200, headers);
  fs.createReadStream(file).pipe(response);
}

function findFile(files, name) {
  if (Object.hasOwn(files, name)) return files[name];
  const folder = Object.keys(files).find((entry) => entry.endsWith('/') && name.startsWith(entry));
  // A folder's own files only: a name with another slash or dots in it is not served.
  const rest = folder === undefined ? '' : name.slice(folder.length);
  return /^[\w-][\w.-]*$/.test(rest) ? path.join(files[folder], rest) : undefined;
}

module.exports = { Front };
