'use strict';
// A client seen from the checks: commands go to its agent, what the agent reports is kept until a check asks for it.

const { isDeepStrictEqual } = require('node:util');

/** How long a check waits for one thing, in milliseconds. */
const PATIENCE = 10_000;

class Client {
  #host;
  #reports = [];
  #waiting = new Set();
  #names = 0;

  /** `host.call(method, args)` runs an agent's method; `host.onReport` is called with what the agent reports. */
  constructor(host) {
    this.#host = host;
    host.onReport = (report) => this.#receive(report);
  }

  call(method, ...args) {
    return this.#host.call(method, args);
  }

  /** Starts a session of its own; the socket returned is its default endpoint, not connected yet. */
  async connect(url, transport) {
    const socket = new Socket(this, this.name('session'));
    await this.call('connect', socket.key, url, transport);
    return socket;
  }

  name(kind) {
    this.#names += 1;
    return `${kind}-${this.#names}`;
  }

  /** The first report not taken yet that `wanted` accepts; it is taken. */
  take(wanted, what, patience = PATIENCE) {
    const index = this.#reports.findIndex(wanted);
    if (index >= 0) return Promise.resolve(this.#reports.splice(index, 1)[0]);
    return new Promise((resolve, reject) => {
      const waiter = { wanted };
      const timer = setTimeout(() => {
        this.#waiting.delete(waiter);
        reject(new Error(`nothing within ${patience / 1000} s: ${what}; ${this.#untaken()}`));
      }, patience);
      waiter.resolve = (report) => {
        clearTimeout(timer);
        resolve(report);
      };
      this.#waiting.add(waiter);
    });
  }

  /** Whether a report that `wanted` accepts has come and was not taken. */
  has(wanted) {
    return this.#reports.some(wanted);
  }

  /** Forgets what was reported so far, so that a failed check does not disturb the next one. */
  forget() {
    this.#reports.length = 0;
  }

  async end() {
    await this.#host.end();
  }

  #receive(report) {
    for (const waiter of this.#waiting) {
      if (waiter.wanted(report)) {
        this.#waiting.delete(waiter);
        waiter.resolve(report);
        return;
      }
    }
    this.#reports.push(report);
  }

  #untaken() {
    if (this.#reports.length === 0) return 'nothing else came either';
    const last = this.#reports.slice(-3).map((report) => JSON.stringify(report).slice(0, 200));
    return `what came instead: ${last.join(' ')}`;
  }
}

/** One namespace of one session of a client. */
class Socket {
  #chat;

  constructor(client, key) {
    this.client = client;
    this.key = key;
  }

  emit(event, ...args) {
    return this.client.call('emit', this.key, event, args);
  }

  emitMany(event, argsOfEach) {
    return this.client.call('emitMany', this.key, event, argsOfEach);
  }

  /** Emits and waits for the acknowledgement's arguments. */
  async ask(event, ...args) {
    const token = this.client.name('ack');
    const answer = this.client.take((report) => report.ack === token, `the ack of ${event}`);
    await this.client.call('emitWithAck', this.key, event, args, token);
    return (await answer).args;
  }

  send(text) {
    return this.client.call('send', this.key, text);
  }

  sendJson(value) {
    return this.client.call('sendJson', this.key, value);
  }

  disconnect() {
    return this.client.call('disconnect', this.key);
  }

  /** The arguments of the next `event`. */
  async next(event, patience) {
    const report = await this.client.take((r) => r.socket === this.key && r.event === event, event, patience);
    return report.args;
  }

  has(event) {
    return this.client.has((r) => r.socket === this.key && r.event === event);
  }

  /** The endpoint /chat over the same session, connected; always the same one. */
  chat() {
    this.#chat ??= this.#openChat();
    return this.#chat;
  }

  async #openChat() {
    const chat = new Socket(this.client, this.client.name('chat'));
    await this.client.call('endpoint', this.key, '/chat', chat.key);
    await chat.next('connect');
    return chat;
  }

  session() {
    return this.client.call('session', this.key);
  }
}

/** Throws unless both are the same, saying what came; long strings are shown at the place where they part. */
function expectSame(actual, expected, what) {
  if (isDeepStrictEqual(actual, expected)) return;
  const [got, wanted] = [JSON.stringify(actual) ?? 'undefined', JSON.stringify(expected) ?? 'undefined'];
  let i = 0;
  while (i < got.length && got[i] === wanted[i]) i += 1;
  const from = Math.max(0, i - 40);
  throw new Error(`${what}: expected …${wanted.slice(from, i + 80)}, got …${got.slice(from, i + 80)} (at ${i})`);
}

function expect(condition, what) {
  if (!condition) throw new Error(what);
}

/** Whether the client under test cannot do this thing, which the report then says. */
function leftOut({ subject, report }, thing) {
  const why = subject.cannot(thing);
  if (why !== undefined) report.note(`${subject.name}: cannot ${thing}: ${why}`);
  return why !== undefined;
}

module.exports = { Client, PATIENCE, expect, expectSame, leftOut };
