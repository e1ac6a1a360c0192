/*
 * xhr-multipart: one endless response of type multipart/x-mixed-replace, one packet per part; POSTs back.
 *
 * Old Gecko read such responses by itself when `XMLHttpRequest.multipart` was set, and raised `load` for every part. No
 * current browser does, but all of them can read a response while it arrives: the parts are taken apart here.
 *
 *     --socketio
 *     Content-Type: text/plain
 *
 *     1::
 *     --socketio
 */

import { Lost, PostQueue, leave, post, request } from './http.js';

export class XhrMultipart {
  static id = 'xhr-multipart';
  static about = 'one answer, endless parts';
  static supported() {
    return typeof ReadableStream === 'function' && 'body' in Response.prototype;
  }

  #link;
  #posts;
  #stop = new AbortController();

  constructor(link) {
    this.#link = link;
    this.#posts = new PostQueue((packets) => post(link.url(), packets), link.lost);
  }

  async open() {
    try {
      const response = await request(this.#link.url(), { signal: this.#stop.signal });
      const boundary = boundaryOf(response.headers.get('Content-Type') ?? '');
      if (!boundary) throw new Lost('the server sent no multipart response');
      await this.#read(response.body.getReader(), new PartReader(boundary));
    } catch (error) {
      this.#link.lost(error instanceof Lost ? error : new Lost('the response broke off'));
    }
  }

  send(packets) {
    this.#posts.push(packets);
  }

  async close() {
    this.#posts.close();
    await leave(this.#link.leaveUrl);
    this.#stop.abort();
  }

  async #read(stream, parts) {
    const decoder = new TextDecoder();
    for (;;) {
      const { value, done } = await stream.read();
      if (done) throw new Lost('the response came to its end');
      this.#link.receive(parts.push(decoder.decode(value, { stream: true })));
    }
  }
}

/** The boundary that a Content-Type names, with or without quotes. */
export function boundaryOf(contentType) {
  const found = /^multipart\/[^;]*;(?:.*;)?\s*boundary=(?:"([^"]+)"|([^\s;"]+))/i.exec(contentType);
  return found ? found[1] ?? found[2] : null;
}

/**
 * Takes parts out of text that arrives in pieces. A part ends where the next delimiter line is complete, so a server
 * that writes the delimiter behind each part, as Socket.IO 0.6 did, is understood without delay. Lines end in LF or
 * CR LF.
 */
export class PartReader {
  #delimiter;
  #part = []; // pieces of the current part that hold no delimiter
  #tail = '\n'; // what may still turn out to begin one; a delimiter begins on a new line, and may open the response
  #inPreamble = true;

  constructor(boundary) {
    this.#delimiter = `\n--${boundary}`;
  }

  /** Adds text; returns the bodies of the parts that it completes. */
  push(text) {
    const all = this.#tail + text;
    const bodies = [];
    let partFrom = 0;
    let searchFrom = 0;
    for (;;) {
      const start = all.indexOf(this.#delimiter, searchFrom);
      const end = start + this.#delimiter.length;
      const rest = start < 0 ? '' : all.slice(end, end + 4);
      const lineEnd = DELIMITER_LINE_END.exec(rest);

      if (start >= 0 && lineEnd) {
        const body = this.#finishPart(all.slice(partFrom, start));
        if (body !== null) bodies.push(body);
        // The next part begins with the line break, which may open a delimiter too.
        partFrom = searchFrom = end + lineEnd[0].length - 1;
      } else if (start >= 0 && !UNFINISHED_LINE_END.test(rest)) {
        searchFrom = start + 1; // A longer line that only begins alike.
      } else {
        const keep = start >= 0 ? start : Math.max(partFrom, all.length - this.#delimiter.length);
        this.#part.push(all.slice(partFrom, keep));
        this.#tail = all.slice(keep);
        return bodies;
      }
    }
  }

  #finishPart(lastPiece) {
    const part = this.#part.join('') + lastPiece;
    const body = this.#inPreamble ? null : bodyOf(part);
    this.#part = [];
    this.#inPreamble = false;
    return body;
  }
}

const DELIMITER_LINE_END = /^(?:--)?\r?\n/;
const UNFINISHED_LINE_END = /^(?:-?|--)\r?$/;

/** What follows the part's header; `part` begins with the line break that ended the delimiter line. */
function bodyOf(part) {
  const header = /^\r?\n(?:[^\r\n]+\r?\n)*\r?\n/.exec(part);
  const body = header ? part.slice(header[0].length) : part.slice(1);
  const dressed = header?.[0].endsWith('\r\n') && body.endsWith('\r');
  return dressed ? body.slice(0, -1) : body;
}
