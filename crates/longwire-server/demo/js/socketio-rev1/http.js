/*
 * What the transports over HTTP share: GET and POST by fetch(), one POST at a time, the farewell.
 */

import { encodePayload } from './codec.js';

const POST_TIMEOUT_MS = 20_000;

/** Why a connection ended. `retry` says whether coming back may help, `retryAfterMs` when at the earliest. */
export class Lost extends Error {
  constructor(message, { retry = true, retryAfterMs = 0 } = {}) {
    super(message);
    this.name = 'Lost';
    this.retry = retry;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Fetches; anything but status 200 is thrown as `Lost`. */
export async function request(url, options) {
  let response;
  try {
    response = await fetch(url, { cache: 'no-store', ...options });
  } catch {
    throw new Lost('the server cannot be reached');
  }
  if (response.status === 200) return response;

  const seconds = Number(response.headers.get('Retry-After')) || 0;
  throw new Lost(`the server answers ${response.status}`, {
    retry: response.status !== 403, // 403 is for those who must not come back.
    retryAfterMs: seconds * 1000,
  });
}

/** The text of a GET. */
export async function getText(url, options) {
  const response = await request(url, options);
  return response.text().catch(() => {
    throw new Lost('an answer broke off');
  });
}

/** POSTs packets as one body. */
export async function post(url, packets) {
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), POST_TIMEOUT_MS);
  try {
    await request(url, { method: 'POST', body: encodePayload(packets), signal: timeout.signal });
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Ends the session behind the server's back door, a request of its own: it also works where the transport cannot say
 * goodbye any more, such as while the page is being closed.
 */
export async function leave(url) {
  try {
    await fetch(url, { cache: 'no-store', keepalive: true });
  } catch {
    // The server is gone, or will notice by its own timers.
  }
}

/** Keeps POSTs in order: one is under way, what comes meanwhile leaves together in the next one. */
export class PostQueue {
  #post;
  #lost;
  #waiting = [];
  #busy = false;
  #closed = false;

  /** `post(packets)` returns a promise; `lost(error)` hears its failure. */
  constructor(post, lost) {
    this.#post = post;
    this.#lost = lost;
  }

  push(packets) {
    this.#waiting.push(...packets);
    if (!this.#busy) this.#run();
  }

  close() {
    this.#closed = true;
    this.#waiting.length = 0;
  }

  async #run() {
    this.#busy = true;
    try {
      while (this.#waiting.length) await this.#post(this.#waiting.splice(0));
    } catch (error) {
      if (!this.#closed) this.#lost(error);
    }
    this.#busy = false;
  }
}
