/*
 * The protocol families a visitor can pick from, and what the page asks of each.
 *
 * A family is a value:
 *
 *     {
 *       id: 'socketio-rev1',             // in data-family attributes and in the `family` member of the chat's events
 *       name: 'Socket.IO 0.7 to 0.9',    // for the picker
 *       transports: [{
 *         id: 'xhr-polling',             // in data-transport attributes, and as the server names it
 *         about: 'held GETs, POSTs back',    // for the picker, three or four words
 *         supported(),                   // whether this browser can
 *       }],
 *       connect(transportId, listener),  // opens a connection and returns it at once
 *     }
 *
 * A connection carries named events with JSON arguments:
 *
 *     emit(name, ...args)      sends an event; what is sent before the connection is open waits for it
 *     request(name, ...args)   the same, and promises the first argument of the acknowledgement; it is rejected when
 *                              the connection ends first. A family without acknowledgements must number its own
 *     close()                  says goodbye; the listener hears nothing afterwards
 *
 * and tells its listener:
 *
 *     open({ handshakeMs, openMs })          once: what the handshake took, and the whole way to an open connection
 *     event(name, args)
 *     close({ reason, retry, retryAfterMs }) once: why it ended, whether coming back may help, and when at the earliest
 *
 * To add a family, write its module beside `socketio-rev1.js` and name it here. Transports that have no colour in
 * `style.css` are shown in grey.
 */

import { socketioRev1 } from './socketio-rev1.js';

export const FAMILIES = [socketioRev1];

/** The family of that id, or the first one. */
export function familyOf(id) {
  return FAMILIES.find((family) => family.id === id) ?? FAMILIES[0];
}
