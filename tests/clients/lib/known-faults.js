'use strict';
// Faults of the peers that the drivers are tried against; none of them is one of the server under test.

/** Why a check of this name is known to fail against the peer, as a function of the name. */
function excusedBy(peer) {
  if (peer === undefined) return () => undefined;
  const faults = PEERS[peer];
  if (faults === undefined) throw new Error(`unknown peer ${peer}; known: ${Object.keys(PEERS).join(', ')}`);
  return (name) => faults.find(([pattern]) => pattern.test(name))?.[1];
}

const PEERS = {
  'socket.io-0.9.19': [
    [
      /(0\.[78]\.\d node websocket|flashsocket).*: echoes (U\+FFFD|what looks like a payload)/,
      'its hixie-76 parser decodes first and then takes U+FFFD for the end of a frame',
    ],
    [
      /htmlfile.*: echoes a comment and a script in markup/,
      'it escapes slashes only, and the browser reads on behind the end of the script element',
    ],
    [
      /: echoes a text message of 100 kB/,
      'it decodes the segments of a POST and the frames of a message one by one and splits characters (issue 816)',
    ],
  ],
  'sockjs-0.3.24': [
    [/htmlfile.*: echoes (200 messages of )?markup/, 'it writes `</script>` into a script as it is, and the browser ends the script there'],
  ],
};

module.exports = { excusedBy };
