'use strict';
// The reference app hosted by socket.io 0.9.19 of npm: a server that these clients are known to work with.
//
// It takes the flags of the project's own reference app that mean something to socket.io 0.9, prints the same
// `listening on http://ADDR` line, and ends on SIGTERM or SIGINT. Node.js has changed under 0.9.19; what it misses is given
// back here, each with its reason, and nothing of the package itself is touched.

const http = require('node:http');
const { parseArgs } = require('node:util');
require('../lib/node-0.4.js');
const socketio = require('socket.io-0.9.19');

const { values: flags } = parseArgs({
  options: {
    listen: { type: 'string', default: '127.0.0.1:8080' },
    'heartbeat-interval': { type: 'string', default: '25' },
    'heartbeat-timeout': { type: 'string', default: '60' },
    'close-timeout': { type: 'string', default: '60' },
    'polling-duration': { type: 'string', default: '20' },
    origins: { type: 'string', default: '*:*' },
    'raw-jsonp': { type: 'boolean', default: false },
  },
});

// Clients up to 0.8.5 post a jsonp-polling body as it is, later ones as a JSON string. 0.9.19 takes only the latter; with
// this flag, which is for trying out the old clients, the host makes one of the other.
if (flags['raw-jsonp']) {
  const { prototype } = require('socket.io-0.9.19/lib/transports/jsonp-polling');
  const { onData } = prototype;
  prototype.onData = function onRawData(body) {
    onData.call(this, body.startsWith('"') ? body : JSON.stringify(body));
  };
}

const server = http.createServer((request, response) => response.writeHead(404).end());

// It sets an encoding on hixie-76 sockets, which an HTTP socket refuses since Node.js 12.
server.on('upgrade', (request, socket) => {
  delete socket.setEncoding;
});

const io = socketio.listen(server, {
  'log level': 0,
  // In the order of the protocol's announcement; flashsocket is off by default in 0.9.
  transports: ['websocket', 'flashsocket', 'htmlfile', 'xhr-polling', 'jsonp-polling'],
  'heartbeat interval': Number(flags['heartbeat-interval']),
  // The client parses these two fields with parseInt.
  'heartbeat timeout': Math.ceil(Number(flags['heartbeat-timeout'])),
  'close timeout': Math.ceil(Number(flags['close-timeout'])),
  'polling duration': Number(flags['polling-duration']),
  // As a list: 0.9.19 searches a string for the origin as text.
  origins: flags.origins.split(','),
  // policyfile, which 0.9.19 would start on port 10843, is replaced by `answerFlashPolicy`.
  'flash policy server': false,
});

// Up to Node.js 0.8 socket.io answered a Flash policy request on the HTTP port; since 0.10 the request ends as a parse
// error before it sees it (socket.io issue 1406). The answer is the one of policyfile 0.0.4, with the NUL that the Flash
// manual asks for.
const FLASH_POLICY =
  '<?xml version="1.0"?><!DOCTYPE cross-domain-policy SYSTEM "http://www.macromedia.com/xml/dtds/cross-domain-policy.dtd">' +
  '<cross-domain-policy><allow-access-from domain="*" to-ports="*"/></cross-domain-policy>\0';

server.on('clientError', function answerFlashPolicy(error, socket) {
  const request = error.rawPacket === undefined ? '' : error.rawPacket.toString('latin1');
  if (request.startsWith('<policy-file-request/>') && socket.writable) {
    socket.end(FLASH_POLICY);
  } else {
    socket.destroy();
  }
});

for (const name of ['', '/chat']) {
  const namespace = io.of(name);
  namespace.on('connection', (socket) => serve(namespace, socket));
}

function serve(namespace, socket) {
  const handle = (event, handler) =>
    socket.on(event, (...args) => {
      const ack = typeof args.at(-1) === 'function' ? args.pop() : () => {};
      handler(args, ack);
    });

  handle('echo', (args) => socket.emit('echo', ...args));
  handle('ack', (args, ack) => ack(...args));
  // 0.9.19 asks for an ack with data only when the callback declares a parameter.
  handle('ask', ([question]) => socket.emit('question', question, function answered(_) {
    socket.emit('answered', ...arguments);
  }));
  handle('broadcast', (args) => socket.broadcast.emit('broadcast', ...args));
  handle('all', (args) => namespace.emit('all', ...args));
  handle('join', ([room], ack) => {
    socket.join(room);
    ack(room);
  });
  handle('leave', ([room], ack) => {
    socket.leave(room);
    ack(room);
  });
  handle('to-room', ([room, ...args]) => socket.broadcast.to(room).emit('room', room, ...args));
  handle('burst', ([count]) => {
    for (let i = 0; i < count; i++) socket.emit('seq', i);
  });
  handle('after', ([milliseconds, ...args]) => setTimeout(() => socket.emit('after', ...args), milliseconds));
  handle('kick', () => socket.disconnect());
  handle('kick-session', () => io.sockets.socket(socket.id).disconnect());
  handle('id', (_, ack) => ack(socket.id));

  socket.on('message', (message) => {
    if (typeof message === 'string') {
      socket.send(message);
    } else {
      socket.json.send(message);
    }
  });
}

const [, host, port] = /^(.*):(\d+)$/.exec(flags.listen);
server.listen(Number(port), host, () => {
  console.log(`listening on http://${host}:${server.address().port}`);
});

for (const signal of ['SIGTERM', 'SIGINT']) {
  process.on(signal, () => process.exit(0));
}
