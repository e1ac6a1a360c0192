/*
 * websocket: one text message per packet, both ways.
 */

import { decodePayload } from './codec.js';
import { Lost } from './http.js';

export class WebSocketTransport {
  static id = 'websocket';
  static about = 'one socket, both ways';
  static supported() {
    return typeof WebSocket === 'function';
  }

  #link;
  #socket = null;

  constructor(link) {
    this.#link = link;
  }

  open() {
    const url = new URL(this.#link.url(), location.href);
    url.protocol = url.protocol.replace('http', 'ws');
    this.#socket = new WebSocket(url);
    this.#socket.onmessage = ({ data }) => this.#link.receive(decodePayload(data));
    this.#socket.onclose = () => this.#link.lost(new Lost('the socket was closed'));
  }

  send(packets) {
    for (const packet of packets) this.#socket.send(packet);
  }

  close() {
    const socket = this.#socket;
    if (!socket) return;
    socket.onmessage = null;
    socket.onclose = null;
    if (socket.readyState === WebSocket.OPEN) socket.send('0::');
    socket.close();
  }
}
