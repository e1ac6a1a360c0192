'use strict';
// Drives one SockJS client from inside the world it lives in: a page, or a Node.js process of its own.
//
// Like lib/agent.js it is one script for both worlds. `SockJS` is the client's constructor, `report` takes one JSON value
// for each thing that happened.

function createSockJsAgent(SockJS, report) {
  const sessions = {};
  // Renamed in 1.0.
  const option = /^0/.test(SockJS.version) ? 'protocols_whitelist' : 'transports';

  return {
    open(key, url, transport) {
      const session = new SockJS(url, null, { [option]: [transport] });
      sessions[key] = session;
      const tell = (event, ...args) => report({ session: key, event, args });
      session.onopen = () => tell('open', session.transport || session.protocol);
      session.onmessage = ({ data }) => tell('message', data);
      session.onclose = ({ code, reason, wasClean }) => tell('close', code, reason, wasClean);
    },
    // All in one turn of the event loop, so that the transport has to queue and join them.
    send(key, messages) {
      for (const message of messages) sessions[key].send(message);
    },
    close(key, ...codeAndReason) {
      sessions[key].close(...codeAndReason);
    },
    isOpen(key) {
      return sessions[key].readyState === 1;
    },
    // In a page only.
    cookies() {
      return document.cookie;
    },
    setCookie(cookie) {
      document.cookie = cookie;
    },
  };
}

if (typeof module === 'object') module.exports = { createSockJsAgent };
