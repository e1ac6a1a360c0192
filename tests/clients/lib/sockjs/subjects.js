'use strict';
// The SockJS clients under test: which version, where it runs, over which transport, and what that client is known to break.
//
// 0.1.0 is the oldest release on npm, made for Node.js alone; 0.1.3 is the first that tells the length of what it posts. The
// clients for browsers came to npm with 1.0; of the ones before, the package `shoe` carries a bundle of seven commits after
// 0.3.1. The bundle of 1.0.0 is not in its package.
//
// xdr-streaming and xdr-polling are left out: no browser but Internet Explorer 8 and 9 has XDomainRequest.

const NODE_PACKAGES = {
  '1.6.1': 'sockjs-client-1.6.1',
  '1.0.0': 'sockjs-client-1.0.0',
  '0.1.3': 'sockjs-client-0.1.3',
  '0.1.0': 'sockjs-client-0.1.0',
};

const BUNDLES = {
  '1.6.1': 'sockjs-client-1.6.1/dist/sockjs.js',
  '0.3.1': 'shoe-0.0.15/node_modules/sockjs-client/sockjs.js',
};

const IN_NODE = {
  '1.6.1': ['websocket', 'xhr-streaming', 'eventsource', 'xhr-polling'],
  '1.0.0': ['websocket', 'xhr-streaming', 'eventsource', 'xhr-polling'],
  '0.1.3': ['xhr-streaming'],
  '0.1.0': ['xhr-streaming'],
};

// htmlfile itself is offered to pages of the same origin only.
const IN_CHROMIUM = {
  '1.6.1': [
    'websocket', 'xhr-streaming', 'eventsource', 'iframe-eventsource', 'htmlfile', 'iframe-htmlfile', 'xhr-polling',
    'iframe-xhr-polling', 'jsonp-polling',
  ],
  '0.3.1': [
    'websocket', 'xhr-streaming', 'iframe-eventsource', 'iframe-htmlfile', 'xhr-polling', 'iframe-xhr-polling',
    'jsonp-polling',
  ],
};
const SAME_ORIGIN_ONLY = ['htmlfile'];

/** How a transport of the client asks: the last part of the path, and how often. */
const ENDPOINTS = {
  websocket: { path: 'websocket', kind: 'websocket' },
  'xhr-streaming': { path: 'xhr_streaming', kind: 'streaming' },
  eventsource: { path: 'eventsource', kind: 'streaming' },
  htmlfile: { path: 'htmlfile', kind: 'streaming' },
  'xhr-polling': { path: 'xhr', kind: 'polling' },
  'jsonp-polling': { path: 'jsonp', kind: 'polling' },
};

/** Subjects that run in `place`: `node` or `chromium`. */
function subjects(place) {
  const matrix = place === 'node' ? IN_NODE : IN_CHROMIUM;
  const origins = place === 'node' ? [undefined] : [true, false];
  return Object.entries(matrix).flatMap(([version, transports]) =>
    transports.flatMap((transport) =>
      origins
        .filter((sameOrigin) => sameOrigin !== false || !SAME_ORIGIN_ONLY.includes(transport))
        .map((sameOrigin) => new Subject({ version, place, transport, sameOrigin })),
    ),
  );
}

class Subject {
  #faults;

  constructor({ version, place, transport, sameOrigin }) {
    this.version = version;
    this.place = place;
    this.transport = transport;
    this.sameOrigin = sameOrigin;
    this.package = NODE_PACKAGES[version];
    this.bundle = BUNDLES[version];
    /** The last part of the path of its receiving requests, and whether they are `websocket`, `streaming` or `polling`. */
    this.endpoint = ENDPOINTS[transport.replace('iframe-', '')];
    const origin = sameOrigin === undefined ? '' : sameOrigin ? ' of the same origin' : ' across origins';
    this.name = `${version} ${place} ${transport}${origin}`;
    this.#faults = FAULTS.filter((fault) => fault.applies({ version, place, transport, sameOrigin }));
  }

  /** Why this client cannot do the named thing, or undefined. */
  cannot(thing) {
    return this.#faults.find((fault) => fault.cannot === thing)?.why;
  }
}

// What the clients lack or break; what it concerns is left out of the checks, and the report says so each time.
const FAULTS = [
  {
    applies: ({ version }) => version.startsWith('0.1.'),
    cannot: 'take several frames at once',
    why: 'it delivers one frame for each piece of the answer, and posts its messages side by side',
  },
  {
    applies: ({ version }) => version.startsWith('0.1.'),
    cannot: 'tell a close code',
    why: 'its close event has no arguments',
  },
  {
    applies: ({ version }) => version.startsWith('0.1.'),
    cannot: 'ask for /info',
    why: 'it knows no /info',
  },
  {
    applies: ({ version }) => version.startsWith('0.'),
    cannot: 'take a query in the URL',
    why: 'it drops it (0.1) or refuses such a URL (0.3)',
  },
  {
    applies: ({ version, place, transport }) => version === '1.0.0' && place === 'node' && transport === 'eventsource',
    cannot: 'take long texts that are not ASCII',
    why: 'its eventsource 0.1 decodes the pieces of an answer one by one, and splits characters',
  },
  {
    applies: ({ place, transport }) => place === 'node' && transport === 'xhr-streaming',
    cannot: 'notice a broken stream',
    why: 'it waits for the end of the answer, which Node.js of today does not announce for a broken one',
  },
  {
    applies: ({ place, transport }) => place === 'chromium' && transport.endsWith('htmlfile'),
    cannot: 'notice a broken stream',
    why: 'it waits for the load event of its frame, which Chromium does not raise for a document that breaks off',
  },
  {
    applies: ({ transport }) => transport === 'websocket',
    cannot: 'have cookies',
    why: 'none is set by the answer to an upgrade',
  },
  {
    applies: ({ place, sameOrigin }) => place === 'node' || !sameOrigin,
    cannot: 'have cookies',
    why: 'it keeps none in Node.js, and none of another origin in a browser of today',
  },
  {
    applies: ({ transport }) => transport === 'jsonp-polling',
    cannot: 'end its last request',
    why: 'a script that is being loaded cannot be stopped',
  },
];

module.exports = { subjects };
