'use strict';
// A SockJS client seen from the checks.

const { Client, PATIENCE } = require('../client.js');
const { Skipped } = require('../report.js');

/** How often a session is tried that does not open in the time the client allows, which on a fast network is 300 ms. */
const ATTEMPTS = 3;

class SockJsClient extends Client {
  /** Starts a session; it may not be open yet. */
  async start(url, transport) {
    const session = new Session(this, this.name('session'));
    await this.call('open', session.key, url, transport);
    return session;
  }

  /** Opens a session; `note` is told when that took more than one attempt. */
  async open(url, transport, note = () => {}) {
    for (let attempt = 1; ; attempt += 1) {
      const session = await this.start(url, transport);
      const { event, args } = await session.nextOf(['open', 'close']);
      if (event === 'open') return Object.assign(session, { transport: args[0] });
      const [code, reason] = args;
      if (code !== ALL_TRANSPORTS_FAILED || attempt === ATTEMPTS) throw new Error(`not opened: ${code} ${reason}`);
      note(`${transport}: not opened in time, attempt ${attempt}`);
    }
  }
}

const ALL_TRANSPORTS_FAILED = 2000;

class Session {
  constructor(client, key) {
    this.client = client;
    this.key = key;
  }

  send(...messages) {
    return this.client.call('send', this.key, messages);
  }

  close(...codeAndReason) {
    return this.client.call('close', this.key, ...codeAndReason);
  }

  isOpen() {
    return this.client.call('isOpen', this.key);
  }

  /** The arguments of the next `event`: `open`, `message` or `close`. */
  async next(event, patience) {
    return (await this.nextOf([event], patience)).args;
  }

  nextOf(events, patience = PATIENCE) {
    const wanted = ({ session, event }) => session === this.key && events.includes(event);
    return this.client.take(wanted, events.join(' or '), patience);
  }

  /** The next message; a session that closes instead is an error at once. */
  async message() {
    const { event, args } = await this.nextOf(['message', 'close']);
    if (event === 'close') throw new Error(`closed instead: ${args.join(' ')}`);
    return args[0];
  }
}

/** Skips the check when the client under test cannot do this thing. */
function needs({ subject }, thing) {
  const why = subject.cannot(thing);
  if (why !== undefined) throw new Skipped(`it cannot ${thing}: ${why}`);
}

module.exports = { SockJsClient, needs };
