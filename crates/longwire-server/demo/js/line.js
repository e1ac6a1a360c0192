/*
 * The visitor's line: one connection at a time, made again when it is lost.
 *
 *     off -> connecting -> connected -> reconnecting -> connected …
 *                                    -> ended            when the server says not to come back
 *
 * `reconnecting` alternates between waiting (`retryAt` is a time) and trying (`retryAt` is null). The pause doubles from
 * half a second to fifteen, with some chance in it, so that a restarted server does not meet everybody at once.
 */

import { familyOf } from './families.js';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;

export class Line {
  #listener;
  #connection = null;
  #timer = 0;
  #attempts = 0; // since the line was last good for something
  #status = { state: 'off', family: '', transport: '', attempt: 0, retryAt: null, reason: '', handshakeMs: 0, openMs: 0 };

  /**
   * The listener has `status(status)` for each change of the status, `open()` behind each new connection,
   * and `event(name, args)`.
   */
  constructor(listener) {
    this.#listener = listener;
    addEventListener('online', () => this.retry());
  }

  get status() {
    return this.#status;
  }

  /** Connects by that transport; a connection by another one is closed first. */
  dial(family, transport) {
    this.#drop();
    this.#attempts = 0;
    this.#set({ state: 'connecting', family, transport, attempt: 0, retryAt: null, reason: '' });
    this.#connect();
  }

  /** Ends the pause before the next attempt. */
  retry() {
    const { state, retryAt } = this.#status;
    if (state !== 'ended' && !(state === 'reconnecting' && retryAt)) return;
    clearTimeout(this.#timer);
    this.#again();
  }

  hangUp() {
    this.#drop();
    this.#set({ state: 'off', retryAt: null, reason: '' });
  }

  /** The connection is not only open but good: the next loss starts with the shortest pause again. */
  confirm() {
    this.#attempts = 0;
  }

  emit(name, ...args) {
    this.#connection?.emit(name, ...args);
  }

  request(name, ...args) {
    return this.#connection?.request(name, ...args) ?? Promise.reject(new Error('not connected'));
  }

  /** Gives up a connection that is open but of no use. */
  abandon(reason) {
    this.#drop();
    this.#lost({ reason, retry: true, retryAfterMs: 0 });
  }

  #connect() {
    const { family, transport } = this.#status;
    const connection = familyOf(family).connect(transport, {
      open: ({ handshakeMs, openMs }) => {
        this.#set({ state: 'connected', attempt: 0, retryAt: null, reason: '', handshakeMs, openMs });
        this.#listener.open();
      },
      event: (name, args) => this.#listener.event(name, args),
      close: (why) => {
        this.#connection = null;
        this.#lost(why);
      },
    });
    this.#connection = connection;
  }

  #lost({ reason, retry, retryAfterMs }) {
    if (!retry) {
      this.#set({ state: 'ended', retryAt: null, reason });
      return;
    }
    const doubled = Math.min(FIRST_PAUSE_MS * 2 ** this.#attempts, LONGEST_PAUSE_MS);
    const pause = Math.max(doubled * (1 + Math.random() / 4), retryAfterMs);
    this.#set({ state: 'reconnecting', attempt: this.#attempts, retryAt: Date.now() + pause, reason });
    this.#timer = setTimeout(() => this.#again(), pause);
  }

  #again() {
    this.#attempts += 1;
    this.#set({ state: 'reconnecting', retryAt: null, attempt: this.#attempts });
    this.#connect();
  }

  #drop() {
    clearTimeout(this.#timer);
    this.#connection?.close();
    this.#connection = null;
  }

  #set(changes) {
    this.#status = { ...this.#status, ...changes };
    this.#listener.status(this.#status);
  }
}
