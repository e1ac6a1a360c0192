/*
 * xhr-polling: a GET which the server holds until it has something to say, and the next one right behind it;
 * the other way each body is a POST.
 */

import { decodePayload } from './codec.js';
import { PostQueue, getText, leave, post } from './http.js';

export class XhrPolling {
  static id = 'xhr-polling';
  static about = 'held GETs, POSTs back';
  static polls = true;
  static supported() {
    return typeof fetch === 'function';
  }

  #link;
  #posts;
  #stop = new AbortController();
  #closed = false;

  constructor(link) {
    this.#link = link;
    this.#posts = new PostQueue((packets) => post(link.url(), packets), link.lost);
  }

  async open() {
    const { signal } = this.#stop;
    try {
      while (!this.#closed) {
        this.#link.receive(decodePayload(await getText(this.#link.url(), { signal })));
      }
    } catch (error) {
      this.#link.lost(error); // After close() nobody listens.
    }
  }

  send(packets) {
    this.#posts.push(packets);
  }

  async close() {
    this.#closed = true;
    this.#posts.close();
    await leave(this.#link.leaveUrl); // The poll stays until then: the server answers it, and knows whom to tell.
    this.#stop.abort();
  }
}
