'use strict';
// Runs an old client in a Node.js process of its own, so that two versions never share globals and a client that throws
// out of a callback ends only itself.

const { fork } = require('node:child_process');
const path = require('node:path');
const { Client } = require('./client.js');

class NodeHost {
  #child;
  #calls = new Map();
  #lastCall = 0;
  #ended;
  onReport = () => {};

  /** `agent` is the script, in this folder, that drives the client of the npm package. */
  constructor(agent, packageName) {
    this.#child = fork(path.join(__dirname, agent), [packageName], {
      execArgv: ['--no-deprecation'],
      // The report on standard output is ours alone.
      stdio: ['ignore', 2, 2, 'ipc'],
    });
    this.#child.on('message', ({ report, id, result, error }) => {
      if (report !== undefined) {
        this.onReport(report);
        return;
      }
      const call = this.#calls.get(id);
      this.#calls.delete(id);
      if (error === undefined) call.resolve(result);
      else call.reject(new Error(error));
    });
    this.#ended = new Promise((resolve) => this.#child.on('exit', resolve));
    this.#ended.then((status) => {
      for (const call of this.#calls.values()) call.reject(new Error(`the client's process ended with ${status}`));
    });
  }

  call(method, args) {
    return new Promise((resolve, reject) => {
      if (!this.#child.connected) {
        reject(new Error("the client's process has ended"));
        return;
      }
      this.#lastCall += 1;
      this.#calls.set(this.#lastCall, { resolve, reject });
      this.#child.send({ id: this.#lastCall, method, args });
    });
  }

  async end() {
    if (this.#child.connected) this.#child.disconnect();
    await this.#ended;
  }
}

/** The client of an npm package, in a process of its own. */
function startNodeClient(packageName) {
  return new Client(new NodeHost('node-agent.js', packageName));
}

module.exports = { NodeHost, startNodeClient };
