'use strict';
// What both SockJS drivers do: get to know the server, and keep witnesses.

const { PATIENCE } = require('../client.js');
const { runDriver } = require('../driver.js');
const { NodeHost, startNodeClient } = require('../node-host.js');
const { SockJsClient } = require('./client.js');

/** As runDriver of ../driver.js, for a server with the SockJS prefixes of the reference app. */
function runSockJsDriver(drive) {
  return runDriver(drive, meetSockJs);
}

async function meetSockJs(url) {
  const response = await fetch(`${url}/echo/info`);
  if (response.status !== 200) throw new Error(`no /echo/info from ${url}: ${response.status} ${await response.text()}`);
  const rooms = await fetch(`${url}/rooms/info`);
  const server = { url, hasRooms: rooms.status === 200 };
  return { server, witness: new Witness(server) };
}

/** Clients beside the one under test, over another transport than that one and straight to the server. */
class Witness {
  #server;
  #sockJs = startSockJsClient('sockjs-client-1.6.1');
  #socketIo;
  #socket;

  constructor(server) {
    this.#server = server;
  }

  /** A new session of a SockJS client. */
  open(prefix, otherThan) {
    const transport = otherThan === 'websocket' ? 'xhr-polling' : 'websocket';
    return this.#sockJs.open(this.#server.url + prefix, transport);
  }

  /** A connected socket of Socket.IO 0.9.17, always the same one. */
  async socketIo() {
    if (this.#socketIo === undefined) {
      this.#socketIo = startNodeClient('socket.io-client-0.9.17');
      this.#socket = await this.#socketIo.connect(this.#server.url, 'websocket');
      await this.#socket.next('connect', PATIENCE);
    }
    return this.#socket;
  }

  forget() {
    this.#sockJs.forget();
    this.#socketIo?.forget();
  }

  async end() {
    await this.#sockJs.end();
    await this.#socketIo?.end();
  }
}

/** The SockJS client of an npm package, in a process of its own. */
function startSockJsClient(packageName) {
  return new SockJsClient(new NodeHost('sockjs/node-agent.js', packageName));
}

module.exports = { runSockJsDriver, startSockJsClient };
