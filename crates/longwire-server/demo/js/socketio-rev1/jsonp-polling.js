/*
 * jsonp-polling: polling for browsers whose XMLHttpRequest cannot leave its origin, without any XMLHttpRequest.
 *
 * A poll is a script element; the server answers with a call, `io.j[INDEX]("PAYLOAD");`. The other way a form is sent
 * into a hidden frame: its field `d` holds the payload as a JSON string, because browsers rewrite line ends in fields.
 * Even the handshake is a script.
 *
 * It needs `script-src 'self'`, `form-action 'self'` and `frame-src 'self'` of a content security policy, and no
 * `X-Frame-Options` or `frame-ancestors` that forbids the answers of POSTs to be framed by their own origin.
 */

import { decodePayload, encodePayload } from './codec.js';
import { Lost, PostQueue, leave } from './http.js';

const POST_TIMEOUT_MS = 20_000;

// The name that the server's scripts call. An index is never used twice: a late script must not reach a later session.
const callbacks = [];
globalThis.io = { ...globalThis.io, j: callbacks };

export class JsonpPolling {
  static id = 'jsonp-polling';
  static about = 'script tags and a form';
  static polls = true;
  static supported() {
    return true;
  }

  static async handshake(url) {
    const script = new ScriptCall();
    const answer = await script.load(`${url}&jsonp=${script.index}`);
    script.dispose();
    if (typeof answer === 'string') return answer;
    // A refusal is an Error object, and all of them come with status 200: "handshake error" alone is no verdict.
    const reason = answer?.message ?? 'the server sent no handshake';
    throw new Lost(reason, { retry: reason === 'handshake error' });
  }

  #link;
  #posts;
  #script = new ScriptCall();
  #closed = false;

  constructor(link) {
    this.#link = link;
    this.#posts = new PostQueue((packets) => submit(this.#url(), packets), link.lost);
  }

  async open() {
    try {
      while (!this.#closed) {
        const answer = await this.#script.load(this.#url());
        if (!this.#closed) this.#link.receive(typeof answer === 'string' ? decodePayload(answer) : null);
      }
    } catch (error) {
      this.#link.lost(error);
    }
  }

  send(packets) {
    this.#posts.push(packets);
  }

  async close() {
    this.#closed = true;
    this.#posts.close();
    await leave(this.#link.leaveUrl); // The one fetch() here; a form cannot be sent while the page is being closed.
    this.#script.dispose();
  }

  #url() {
    return this.#link.url(`&i=${this.#script.index}`);
  }
}

/** Loads scripts that call `io.j[index]`, one after the other. */
class ScriptCall {
  index = callbacks.push(ignore) - 1;
  #element = null;

  /** Promises the argument of the call. */
  load(url) {
    return new Promise((resolve, reject) => {
      const element = document.createElement('script');
      this.#element = element;
      callbacks[this.index] = (argument) => {
        callbacks[this.index] = ignore;
        element.remove();
        resolve(argument);
      };
      element.onload = () => reject(new Lost('the server sent a script that calls nothing')); // Too late after the call.
      element.onerror = () => reject(new Lost('the server cannot be reached'));
      element.src = url;
      document.head.append(element);
    });
  }

  dispose() {
    callbacks[this.index] = ignore;
    this.#element?.remove();
  }
}

function ignore() {}

/**
 * Sends packets by a form. The answer shows in a frame of our own origin: a page that we may not look into is the
 * browser's own error page. Each form has a frame of its own, or each would leave an entry in the page's history.
 */
function submit(url, packets) {
  return new Promise((resolve, reject) => {
    const frame = document.createElement('iframe');
    frame.name = `longwire-post-${Math.random().toString(36).slice(2)}`;
    frame.hidden = true;

    const field = document.createElement('textarea');
    field.name = 'd';
    field.value = JSON.stringify(encodePayload(packets));
    const form = document.createElement('form');
    form.method = 'POST';
    form.action = url;
    form.target = frame.name;
    form.acceptCharset = 'utf-8';
    form.hidden = true;
    form.append(field);

    const finish = (error) => {
      clearTimeout(timer);
      frame.onload = null;
      // Removing a frame inside its own load event makes some browsers go on showing that they load.
      setTimeout(() => frame.remove(), 0);
      form.remove();
      if (error) reject(error);
      else resolve();
    };
    const timer = setTimeout(() => finish(new Lost('a form got no answer')), POST_TIMEOUT_MS);

    document.body.append(frame, form);
    frame.onload = () => {
      const answer = frame.contentDocument;
      if (answer?.URL === 'about:blank') return; // Some browsers announce the empty frame as well.
      finish(answer ? null : new Lost('the server cannot be reached'));
    };
    form.submit();
  });
}
