'use strict';
// The SockJS prefixes of the reference app hosted by sockjs 0.3.24 (sockjs-node) of npm: a server that these clients are
// known to work with.
//
// /rooms needs Socket.IO beside it, so socket.io 0.9.19 is here too, on the same port and with nothing but `all`. The
// flags and the `listening on http://ADDR` line are those of the project's own reference app.

const http = require('node:http');
const { parseArgs } = require('node:util');
require('../lib/node-0.4.js');
const socketio = require('socket.io-0.9.19');
const sockjs = require('sockjs-0.3.24');

const { values: flags } = parseArgs({
  options: {
    listen: { type: 'string', default: '127.0.0.1:8080' },
    // Timers of Socket.IO, which no check here waits for.
    'heartbeat-interval': { type: 'string' },
    'heartbeat-timeout': { type: 'string' },
    'close-timeout': { type: 'string' },
    'polling-duration': { type: 'string' },
  },
});

const server = http.createServer((request, response) => response.writeHead(404).end());

// First of the two: SockJS hands on what is not its own, socket.io 0.9 ends every upgrade that is not.
const io = socketio.listen(server, {
  'log level': 0,
  transports: ['websocket', 'htmlfile', 'xhr-polling', 'jsonp-polling'],
  'flash policy server': false,
});
io.sockets.on('connection', (socket) => socket.on('all', (...args) => sendToAll(args)));

const echo = (session) => session.on('data', (message) => session.write(message));

host('/echo', { response_limit: 4096 }, echo);
host('/disabled_websocket_echo', { websocket: false }, echo);
host('/cookie_needed_echo', { jsessionid: true }, echo);
host('/close', {}, (session) => session.close(3000, 'Go away!'));

const broadcasting = host('/broadcast', {}, (session) => {
  session.on('data', (message) => broadcasting.forEach((other) => other.write(message)));
});

const rooms = host('/rooms', {}, (session) => {
  session.on('data', (message) => {
    const { name, args } = JSON.parse(message);
    if (name === 'all') sendToAll(args);
  });
});

function sendToAll(args) {
  io.sockets.emit('all', ...args);
  rooms.forEach((session) => session.write(JSON.stringify({ name: 'all', args })));
}

/** Serves a prefix; returns the set of the sessions that are open there. */
function host(prefix, options, serve) {
  const open = new Set();
  const service = sockjs.createServer({ log: () => {}, ...options });
  service.on('connection', (session) => {
    // A client that has gone before its session is handed out leaves nothing here.
    if (session === null) return;
    open.add(session);
    session.on('close', () => open.delete(session));
    serve(session);
  });
  service.installHandlers(server, { prefix });
  return open;
}

const [, address, port] = /^(.*):(\d+)$/.exec(flags.listen);
server.listen(Number(port), address, () => {
  console.log(`listening on http://${address}:${server.address().port}`);
});

for (const signal of ['SIGTERM', 'SIGINT']) {
  process.on(signal, () => process.exit(0));
}
