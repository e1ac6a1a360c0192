/*
 * A client of Socket.IO revision 1 (Socket.IO 0.7 to 0.9): one session over one transport.
 *
 *     GET /socket.io/1/        ->  SESSION:60:60:websocket,xhr-polling,…      the handshake
 *     open the transport at /socket.io/1/TRANSPORT/SESSION  ->  1::           the session is open
 *     5:1+::{"name":"join",…}  ->  6:::1+[…]                                  events and their acknowledgements
 *
 * Unlike the clients of the time it neither falls back to another transport nor reconnects: a session lives once, and
 * `line.js` makes the next one. It uses the default endpoint only.
 *
 * A transport is a class:
 *
 *     static id, about, supported()      what the picker needs
 *     static polls                       whether it polls instead of holding one stream
 *     static handshake(url)              optional: how to get the handshake's text, where fetch() is not in the spirit
 *     constructor(link)                  link.url(query)           the transport's address, `t` included
 *                                        link.leaveUrl             what ends the session from outside the transport
 *                                        link.receive(packets)     an array of packets' texts, or null for nonsense
 *                                        link.lost(error)          the transport is gone
 *     open()                             opens the direction from the server
 *     send(packets)                      sends packets' texts, in order; called when the session is open
 *     close()                            tells the server that the session is over, then stops and stays silent
 */

import { decodePacket, encodePacket } from './socketio-rev1/codec.js';
import { Lost, getText } from './socketio-rev1/http.js';
import { WebSocketTransport } from './socketio-rev1/websocket.js';
import { XhrPolling } from './socketio-rev1/xhr-polling.js';
import { JsonpPolling } from './socketio-rev1/jsonp-polling.js';
import { HtmlFile } from './socketio-rev1/htmlfile.js';
import { XhrMultipart } from './socketio-rev1/xhr-multipart.js';

const BASE = '/socket.io/1/';
const CONNECT_TIMEOUT_MS = 10_000; // for the handshake, and again for the transport: what the old clients gave a transport

const TRANSPORTS = [WebSocketTransport, XhrPolling, JsonpPolling, HtmlFile, XhrMultipart];

export const socketioRev1 = {
  id: 'socketio-rev1',
  name: 'Socket.IO 0.7 to 0.9',
  transports: TRANSPORTS,
  connect(transportId, listener) {
    const session = new Session(TRANSPORTS.find(({ id }) => id === transportId), listener);
    session.start();
    return session;
  },
};

class Session {
  #Transport;
  #listener;
  #transport = null;
  #opened = false;
  #over = false;
  #waiting = []; // packets' texts that wait for the session to open
  #answers = new Map(); // id -> the two ends of a promise
  #lastId = 0;
  #timer = 0;
  #silenceMs = 0;
  #startedAt = 0;
  #handshakeMs = 0;

  constructor(Transport, listener) {
    this.#Transport = Transport;
    this.#listener = listener;
  }

  async start() {
    this.#startedAt = performance.now();
    this.#endAfter(CONNECT_TIMEOUT_MS, 'the server does not answer');
    try {
      const handshake = await this.#shakeHands();
      if (!this.#over) this.#openTransport(handshake);
    } catch (error) {
      this.#end(error);
    }
  }

  emit(name, ...args) {
    this.#send({ type: 'event', name, args });
  }

  request(name, ...args) {
    if (this.#over) return Promise.reject(new Lost('the connection is closed'));
    const id = ++this.#lastId;
    this.#send({ type: 'event', id, ack: 'data', name, args });
    return new Promise((resolve, reject) => this.#answers.set(id, { resolve, reject }));
  }

  close() {
    if (this.#over) return;
    this.#stop(new Lost('the connection is closed'));
    this.#transport?.close();
  }

  async #shakeHands() {
    const url = `${BASE}?t=${Date.now()}`;
    const text = await (this.#Transport.handshake ?? getText)(url);
    this.#handshakeMs = performance.now() - this.#startedAt;

    const [id, heartbeatTimeout, closeTimeout, transports] = text.split(':');
    if (!id || transports === undefined) throw new Lost('the server sent no handshake');
    // Either figure, in seconds, limits a stream's silence; polls have no heartbeats. An empty one stands for no limit.
    const figures = this.#Transport.polls ? [closeTimeout] : [heartbeatTimeout, closeTimeout];
    const limits = figures.map(Number).filter((seconds) => seconds > 0);
    return { id, silenceMs: limits.length ? Math.min(...limits) * 1000 : 0 };
  }

  #openTransport({ id, silenceMs }) {
    const path = `${BASE}${this.#Transport.id}/${encodeURIComponent(id)}`;
    this.#silenceMs = silenceMs;
    this.#transport = new this.#Transport({
      url: (query = '') => `${path}?t=${Date.now()}${query}`,
      leaveUrl: `${BASE}/${encodeURIComponent(id)}/?disconnect=1`, // The empty segment belongs there.
      receive: (packets) => this.#receive(packets),
      lost: (error) => this.#end(error),
    });
    this.#endAfter(CONNECT_TIMEOUT_MS, `${this.#Transport.id} does not open`);
    this.#transport.open();
  }

  #receive(packets) {
    if (this.#over) return;
    if (!packets) {
      this.#end(new Lost('the server sent a broken payload'));
      return;
    }
    if (this.#opened) this.#watchSilence();
    for (const wire of packets) {
      const packet = decodePacket(wire);
      if (packet && !this.#over) this.#handle(packet);
    }
  }

  #handle(packet) {
    if (packet.advice === 'reconnect') {
      this.#end(new Lost(`the server says: ${packet.reason || 'reconnect'}`));
      return;
    }
    if (packet.endpoint !== '') return;
    switch (packet.type) {
      case 'connect':
        this.#open();
        break;
      case 'disconnect':
        // Revision 1 means it as "leave": the old clients did not come back either.
        this.#end(new Lost('the server ended the session', { retry: false }));
        break;
      case 'heartbeat':
        this.#send({ type: 'heartbeat' });
        break;
      case 'event':
        this.#acknowledge(packet, this.#listener.event(packet.name, packet.args));
        break;
      case 'message':
      case 'json':
        this.#acknowledge(packet);
        break;
      case 'ack':
        this.#answers.get(packet.ackId)?.resolve(packet.args[0]);
        this.#answers.delete(packet.ackId);
        break;
      default: // 'error' without advice, 'noop'
    }
  }

  #open() {
    if (this.#opened) return; // A server may repeat it.
    this.#opened = true;
    this.#watchSilence();
    this.#listener.open({ handshakeMs: this.#handshakeMs, openMs: performance.now() - this.#startedAt });
    if (this.#waiting.length && !this.#over) this.#transport.send(this.#waiting.splice(0));
  }

  #acknowledge({ id, ack }, answer) {
    if (!id) return;
    const args = ack === 'data' && answer !== undefined ? [answer] : [];
    this.#send({ type: 'ack', ackId: id, args });
  }

  #send(packet) {
    if (this.#over) return;
    const wire = encodePacket(packet);
    if (this.#opened) this.#transport.send([wire]);
    else this.#waiting.push(wire);
  }

  #watchSilence() {
    if (this.#silenceMs) this.#endAfter(this.#silenceMs, 'the server has fallen silent');
    else clearTimeout(this.#timer);
  }

  #endAfter(ms, reason) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#end(new Lost(reason)), ms);
  }

  #end(error) {
    if (this.#over) return;
    this.#stop(error);
    this.#transport?.close();
    const { message, retry = true, retryAfterMs = 0 } = error;
    this.#listener.close({ reason: message, retry, retryAfterMs });
  }

  #stop(error) {
    this.#over = true;
    clearTimeout(this.#timer);
    for (const { reject } of this.#answers.values()) reject(error);
    this.#answers.clear();
  }
}
