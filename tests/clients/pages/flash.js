'use strict';
// Makes a browser without WebSocket and with Flash Player out of one with WebSocket and Ruffle.
//
// The page's query says where the server is (`host`, `port`) and where Ruffle finds the proxy for it (`proxy`).

const place = new URLSearchParams(location.search);
const NativeWebSocket = window.WebSocket;

window.RufflePlayer = {
  config: {
    publicPath: 'ruffle/',
    autoplay: 'on',
    unmuteOverlay: 'hidden',
    splashScreen: false,
    allowScriptAccess: true,
    socketProxy: [{ host: place.get('host'), port: Number(place.get('port')), proxyUrl: place.get('proxy') }],
  },
};

// Where the client's bundle finds its Flash file; its own choice is a path on the server.
window.WEB_SOCKET_SWF_LOCATION = 'WebSocketMain.swf';

// The bundle brings its Flash WebSocket only where there is none.
function withoutWebSocket() {
  window.WebSocket = undefined;
}

// Ruffle needs the native one to reach its proxy, and looks for it under the name that the bundle has taken.
function withWebSocketForRuffle() {
  window.WebSocket = new Proxy(window.WebSocket, {
    construct: (flashWebSocket, [url, ...rest]) =>
      url === place.get('proxy') ? new NativeWebSocket(url, ...rest) : new flashWebSocket(url, ...rest),
  });
}

// The bundle raises messages with null for the list of ports, which browsers of its time took for an empty one.
const { initMessageEvent } = MessageEvent.prototype;
MessageEvent.prototype.initMessageEvent = function initWithPorts(...args) {
  initMessageEvent.apply(this, args.with(7, args[7] ?? []));
};
