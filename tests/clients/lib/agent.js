'use strict';
// Drives one old client from inside the world it lives in: a page, or a Node.js process of its own.
//
// The checks run elsewhere and send commands; the agent carries them out with the client's public interface and reports
// whatever the client raises. It is one script for both worlds: a page includes it, Node.js requires it. `io` is the
// client's library, `report` takes one JSON value for each thing that happened.

function createAgent(io, report) {
  // Everything the reference app sends, and everything the client itself can raise.
  const EVENTS = [
    'connect', 'connect_failed', 'disconnect', 'reconnecting', 'reconnect', 'reconnect_failed', 'error', 'message',
    'echo', 'question', 'answered', 'broadcast', 'all', 'room', 'seq', 'after',
  ];
  const sockets = {};

  function watch(key, socket) {
    sockets[key] = socket;
    // Errors are raised on the session too, where one that nobody listens to ends a Node.js process.
    socket.socket.on('error', () => {});
    for (const event of EVENTS) {
      socket.on(event, (...args) => {
        const ack = typeof args[args.length - 1] === 'function' ? args.pop() : null;
        // `error` may carry an Event or an Error, which JSON would empty.
        report({ socket: key, event, args: event === 'error' ? args.map(String) : args });
        // The answer has two arguments, the second one structured, so that `answered` shows both to come through.
        if (event === 'question' && ack !== null) ack(args[0], { again: args[0] });
      });
    }
  }

  return {
    connect(key, url, transport) {
      // The documented option `transports` is merged with the default list item by item, so it cannot shorten it.
      io.transports = [transport];
      watch(key, io.connect(url, { 'force new connection': true }));
    },
    // A namespace over the session of the socket `key`. The client knows each name once a session.
    endpoint(key, name, newKey) {
      watch(newKey, sockets[key].socket.of(name));
    },
    emit(key, event, args) {
      sockets[key].emit(event, ...args);
    },
    // The client asks for an ack with data only when the callback declares a parameter.
    emitWithAck(key, event, args, token) {
      sockets[key].emit(event, ...args, (first, ...rest) => {
        report({ socket: key, ack: token, args: first === undefined ? [] : [first, ...rest] });
      });
    },
    // Many in one turn of the event loop, so that the transport has to queue or join them.
    emitMany(key, event, argsOfEach) {
      for (const args of argsOfEach) sockets[key].emit(event, ...args);
    },
    send(key, text) {
      sockets[key].send(text);
    },
    sendJson(key, value) {
      sockets[key].json.send(value);
    },
    disconnect(key) {
      sockets[key].disconnect();
    },
    session(key) {
      const { sessionid, transport, connected } = sockets[key].socket;
      return { id: sessionid, transport: transport ? transport.name : null, connected };
    },
  };
}

if (typeof module === 'object') module.exports = { createAgent };
