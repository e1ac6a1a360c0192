'use strict';
// sockjs-client 0.1, the first of that name on npm: a client for Node.js with xhr-streaming and events of Node.js's kind.

/** Dresses its library in the interface of all later releases. It tells no code and no reason when a session is closed. */
function withSockJsInterface({ create }) {
  return function SockJS(url) {
    const client = create(url);
    this.readyState = 0;
    client.on('connection', () => {
      this.readyState = 1;
      this.transport = 'xhr-streaming';
      this.onopen();
    });
    client.on('data', (data) => this.onmessage({ data }));
    const closed = () => {
      if (this.readyState === 3) return;
      this.readyState = 3;
      this.onclose({});
    };
    client.on('close', closed);
    client.on('error', closed);
    this.send = (message) => client.write(message);
    this.close = () => client.close();
  };
}

module.exports = { withSockJsInterface };
