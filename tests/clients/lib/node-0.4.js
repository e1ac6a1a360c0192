'use strict';
// What the oldest clients and servers call and Node.js has since removed or changed, so that they run untouched.

const crypto = require('node:crypto');
const events = require('node:events');
const http = require('node:http');

// Every socket.io of 0.7 to 0.9 reads it; gone in Node.js 6.
process.EventEmitter ??= events.EventEmitter;

// The hixie-76 digest is made of binary strings, which Node.js up to 5 hashed as such.
const { update } = crypto.Hash.prototype;
crypto.Hash.prototype.update = function updateBinary(data, encoding = 'latin1') {
  return update.call(this, data, encoding);
};

// How websocket-client 1.0.0, the WebSocket of 0.7 and 0.8 in Node.js, opens its connection; gone in Node.js 9.
http.createClient ??= function createClient(port, host) {
  const client = new events.EventEmitter();
  client.request = (path, headers) => {
    // A connection of its own: the old client object was one connection, which the upgrade takes over.
    const request = http.request({ host, port, path, headers, agent: false });
    request.on('upgrade', (response, socket, head) => client.emit('upgrade', response, socket, head));
    request.on('error', (error) => client.emit('error', error));
    return request;
  };
  client.end = () => {};
  return client;
};
