/*
 * htmlfile: an endless page in a hidden frame. Each packet is a script element in it that runs on arrival and calls
 * `parent.s._(PACKET, document)`. The other way each body is a POST.
 *
 * It was made for Internet Explorer 6 to 9, which put the frame into a document of its own ("htmlfile") to silence its
 * navigation click. An ordinary frame does the same in every browser; while it loads, which is always, some show that
 * the page is loading.
 *
 * The inline scripts belong to the framed response, so this page's content security policy only needs
 * `frame-src 'self'`; the response itself must have none, or one with `script-src 'unsafe-inline'`.
 */

import { Lost, PostQueue, leave, post } from './http.js';

export class HtmlFile {
  static id = 'htmlfile';
  static about = 'an endless page in a frame';
  static supported() {
    return 'contentDocument' in HTMLIFrameElement.prototype;
  }

  #link;
  #posts;
  #frame = document.createElement('iframe');

  constructor(link) {
    this.#link = link;
    this.#posts = new PostQueue((packets) => post(link.url(), packets), link.lost);
  }

  open() {
    const frame = this.#frame;
    globalThis.s = {
      // A frame that has been given up may still call.
      _: (packet, page) => {
        if (page !== frame.contentDocument) return;
        page.querySelectorAll('script').forEach((script) => script.remove()); // An endless page must not grow.
        this.#link.receive([String(packet)]);
      },
    };
    frame.hidden = true;
    frame.title = 'htmlfile transport';
    frame.onload = () => this.#link.lost(new Lost('the endless page came to its end'));
    frame.src = this.#link.url();
    document.body.append(frame);
  }

  send(packets) {
    this.#posts.push(packets);
  }

  async close() {
    this.#frame.onload = null;
    this.#posts.close();
    await leave(this.#link.leaveUrl);
    this.#frame.remove();
  }
}
