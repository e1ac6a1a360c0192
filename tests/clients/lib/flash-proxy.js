'use strict';
// What stands between Flash in Ruffle and TCP: Ruffle speaks WebSocket to this proxy, the proxy opens the TCP connection.
//
// Flash Player opened no connection before the host had sent it a socket policy, and Ruffle leaves that to its proxy. So
// the proxy asks for one as Flash Player did, on the server's own port, and refuses to connect when it is not let in.

const net = require('node:net');
const { WebSocketServer } = require('ws');
const { PATIENCE, expect } = require('./client.js');

const REQUEST = '<policy-file-request/>\0';

class FlashProxy {
  #policy = new Error('Flash opened no connection');
  #serverUrl;
  #front;
  #pageHost;
  #server;

  /**
   * Connections go to `front`, which leads to the server at `serverUrl`, for a page on `pageHost`.
   *
   * The policy is asked of the server itself, whose port is the one it speaks of.
   */
  constructor(serverUrl, front, pageHost) {
    this.#serverUrl = new URL(serverUrl);
    this.#front = front;
    this.#pageHost = pageHost;
  }

  /** The policy that let the last connection through; throws what was wrong with it when it did not. */
  policy() {
    if (this.#policy instanceof Error) throw this.#policy;
    return this.#policy;
  }

  async listen() {
    this.#server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    this.#server.on('connection', (flash) => this.#open(flash));
    await new Promise((resolve) => this.#server.on('listening', resolve));
    this.url = `ws://127.0.0.1:${this.#server.address().port}/`;
    return this;
  }

  async close() {
    for (const flash of this.#server.clients) flash.terminate();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #open(flash) {
    const early = [];
    const keep = (bytes) => early.push(bytes);
    flash.on('message', keep);
    try {
      const policy = await askPolicy(this.#serverUrl);
      checkPolicy(policy, this.#pageHost, this.#serverUrl.port);
      this.#policy = policy;
    } catch (error) {
      this.#policy = error;
      flash.close();
      return;
    }
    const server = this.#connect();
    flash.off('message', keep);
    for (const bytes of early) server.write(bytes);
    flash.on('message', (bytes) => server.write(bytes));
    flash.on('close', () => server.destroy());
    server.on('data', (bytes) => flash.send(bytes));
    server.on('close', () => flash.close());
  }

  #connect() {
    const socket = net.connect(this.#front.port, '127.0.0.1');
    socket.setNoDelay(true);
    socket.on('error', () => socket.destroy());
    return socket;
  }
}

/** Asks for the socket policy and returns it without its NUL; the server must end the connection by itself. */
function askPolicy(url) {
  return new Promise((resolve, reject) => {
    const socket = net.connect(Number(url.port), url.hostname, () => socket.write(REQUEST));
    let answer = '';
    socket.setEncoding('utf8');
    socket.setTimeout(PATIENCE, () => {
      socket.destroy();
      reject(new Error(`the server does not end a policy request; it sent ${JSON.stringify(answer)}`));
    });
    socket.on('error', reject);
    socket.on('data', (text) => (answer += text));
    socket.on('end', () => {
      socket.destroy();
      if (answer.endsWith('\0')) resolve(answer.slice(0, -1));
      else reject(new Error(`the policy does not end with NUL: ${JSON.stringify(answer)}`));
    });
  });
}

/** Throws unless Flash Player would let a page on `host` connect to `port`. */
function checkPolicy(policy, host, port) {
  expect(/^(<\?xml[^>]*\?>\s*)?(<!DOCTYPE cross-domain-policy[^>]*>\s*)?<cross-domain-policy>/.test(policy),
    `not a cross-domain policy: ${policy}`);
  const allowed = [...policy.matchAll(/<allow-access-from\s([^>]*?)\/?>/g)].some(([, attributes]) => {
    const { domain, 'to-ports': ports } = Object.fromEntries(
      [...attributes.matchAll(/([\w-]+)\s*=\s*"([^"]*)"/g)].map(([, name, value]) => [name, value]),
    );
    return (domain === '*' || domain === host) && includesPort(ports ?? '', Number(port));
  });
  expect(allowed, `the policy does not let a page on ${host} connect to port ${port}: ${policy}`);
}

/** `to-ports`: `*`, or a list of ports and ranges such as `80,8080-8083`. */
function includesPort(ports, port) {
  return ports.split(',').some((part) => {
    const [first, last = first] = part.trim().split('-');
    return first === '*' || (Number(first) <= port && port <= Number(last));
  });
}

module.exports = { FlashProxy };
