'use strict';
// What every driver does: reads its arguments, gets to know the server, keeps a witness, and reports.

const { parseArgs } = require('node:util');
const { PATIENCE } = require('./client.js');
const { excusedBy } = require('./known-faults.js');
const { startNodeClient } = require('./node-host.js');
const { Report } = require('./report.js');

/**
 * Runs `drive` with the server, the report, a witness and the filter of the command line, and sets the exit status.
 *
 * `meet(url)` gets to know the server and makes the witness; by default it does so for Socket.IO.
 */
async function runDriver(drive, meet = meetSocketIo) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      only: { type: 'string', default: '' },
      peer: { type: 'string' },
    },
  });
  if (positionals.length !== 1) {
    console.error(`usage: node ${process.argv[1]} [--only PART_OF_A_NAME] [--peer NAME] http://HOST:PORT`);
    process.exitCode = 2;
    return;
  }

  const report = new Report(excusedBy(values.peer));
  let witness;
  try {
    const known = await meet(positionals[0].replace(/\/$/, ''));
    const { server } = known;
    witness = known.witness;
    await drive({ report, server, witness, wanted: (name) => name.includes(values.only) });
    report.finish();
  } catch (error) {
    console.log(`Bail out! ${error.stack}`);
    process.exitCode = 1;
  } finally {
    await witness?.end();
  }
}

/** The server's close timeout, in milliseconds, out of a handshake that nobody will open. */
async function meetSocketIo(url) {
  const response = await fetch(new URL('/socket.io/1/', url));
  const body = await response.text();
  const fields = body.split(':');
  if (response.status !== 200 || fields.length !== 4) throw new Error(`no handshake from ${url}: ${response.status} ${body}`);
  const server = { url, closeTimeout: Number(fields[2]) * 1000 };
  return { server, witness: new Witness(server) };
}

/** A newest client of the old kind beside the one under test, over another transport than that one. */
class Witness {
  #server;
  #sockets = {};

  constructor(server) {
    this.#server = server;
    this.client = startNodeClient('socket.io-client-0.9.17');
  }

  async socket(otherThan) {
    const transport = otherThan === 'websocket' ? 'xhr-polling' : 'websocket';
    const known = this.#sockets[transport];
    if (known !== undefined && (await known.session()).connected) return known;
    const socket = await this.client.connect(this.#server.url, transport);
    await socket.next('connect', PATIENCE);
    this.#sockets[transport] = socket;
    return socket;
  }

  async end() {
    await this.client.end();
  }
}

module.exports = { runDriver };
