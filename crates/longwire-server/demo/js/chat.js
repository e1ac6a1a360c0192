/*
 * The demo chat: who is on the wire, what they say, and the line that carries it.
 *
 * EVENTS. All on the default namespace. `visitor` below is the object
 *
 *     { id, nick, transport, rtt, family }
 *         id         string: a public name for the session, fresh for each, never the session id itself (that is a secret)
 *         nick       string: what the server made of the wish in `join`
 *         transport  string: what the server sees the session use, such as "xhr-polling"
 *         rtt        number of milliseconds, or null before the first measure
 *         family     string: "socketio-rev1" and so on (see families.js); absent means "socketio-rev1"
 *
 * and `message` the object
 *
 *     { id, nick, transport, text, at, key }
 *         id, nick, transport   of the visitor who said it, as they were then; `transport` may be absent
 *         at                    when the server took it, in milliseconds since 1970
 *         key                   the sender's, returned as it came
 *
 *   client to server
 *     join {nick}     with an acknowledgement: { id, visitors, history }
 *                       id        the visitor that this session is
 *                       visitors  everybody on the wire, this one included
 *                       history   the last 30 messages or so, oldest first
 *                     Sent once per session, ahead of everything else. The nick has 1 to 24 UTF-16 units here; a server
 *                     trims it and need not make it unique.
 *     say text, key   text of 1 to 1000 UTF-16 units; key is 16 hexadecimal digits, random for each message. The server
 *                     sends `said` to everybody, the sender included: that is the receipt. What has no receipt when the
 *                     line is lost, and is not in the next history either, is said again with the same key.
 *     mark            with an acknowledgement without arguments, at once: it measures the round trip
 *     rtt ms          the measure, a whole number, behind each `mark`: after `join` and every 5 s
 *     typing          at most every 2 s while a message is being written; a server may ignore it
 *
 *   server to client
 *     visitor visitor    joined or changed; to everybody, the one concerned included or not; measures may be gathered
 *     left {id}          gone, for whatever reason
 *     said message       in the same order for everybody
 *     typing {id}        to everybody else; optional
 *
 *   The page puts all text into the document as text, never as markup.
 *
 * FILES are addressed relative to the page, so the folder's tree is the tree of URLs: `/` for index.html, `/style.css`,
 * `/favicon.svg`, `/js/…`. Scripts are modules: they need `Content-Type: text/javascript`. A query of `/` is for the
 * page: `/?nick=Ada&transport=xhr-polling` fills the form, and `&join` submits it.
 *
 * CONTENT SECURITY POLICY for `/` (nothing else needs one):
 *
 *     default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; frame-src 'self';
 *     form-action 'self'; base-uri 'none'; frame-ancestors 'none'
 *
 * jsonp-polling needs script-src, form-action and frame-src of it, htmlfile frame-src. `connect-src 'self'` covers
 * WebSockets of the same host and port since Chrome 62, Firefox 91 and Safari 15.4; add `ws://HOST wss://HOST` for
 * older ones. The answers under `/socket.io/` must carry neither `X-Frame-Options: DENY` nor `frame-ancestors 'none'`,
 * since two transports frame them; the scripts inside the htmlfile response are inline and would need
 * `script-src 'unsafe-inline'` if that response had a policy of its own. No inline script, style or handler, and no eval.
 *
 * HOOKS for tests and scripts, kept stable:
 *
 *     html[data-screen]        "join" or "chat"
 *     #nick                    the nickname's input
 *     #transport               the fieldset of radio buttons input[name=transport][data-family][data-transport]; it is
 *                              in the form before joining and in #panel after it, where a choice reconnects at once
 *     #join                    the button that joins
 *     #panel-toggle            on narrow screens shows and hides #panel
 *     #leave                   ends the session and returns to the form
 *     #state                   [data-state]          off, connecting, connected, reconnecting, ended
 *                              [data-transport]      the chosen one
 *                              [data-handshake-ms] [data-open-ms]  of this session: handshake; handshake to `1::`
 *                              [data-attempt]        of reconnecting, from 1; 0 otherwise
 *                              [data-reconnects]     how often the line came back
 *                              [data-joined]         there once `join` has been acknowledged on this connection
 *     #notice, #countdown, #retry    shown while reconnecting or ended: why, seconds to the next attempt, try now
 *     #visitors [data-visitor]       the value is the id; [data-nick] [data-transport] [data-rtt] [data-self]
 *     #log [data-message]            the value is the key; [data-nick] [data-transport] [data-mine] [data-pending];
 *                                    its .text has the text
 *     #log [data-happening]          lines about visitors and the line
 *     #typing                        who is writing
 *     #text, #send                   the composer
 */

import { readId, readMessage, readVisitor, readWelcome } from './checks.js';
import { Line } from './line.js';
import { Picker } from './picker.js';
import { View } from './view.js';

const MARK_EVERY_MS = 5000;
const JOIN_TIMEOUT_MS = 10_000;
const TYPING_EVERY_MS = 2000;
const REMEMBERED = 'longwire';
const EVENTS = { __proto__: null, visitor: onVisitor, left: onLeft, said: onSaid, typing: onTypes };

const visitors = new Map(); // id -> visitor
const ownIds = new Set(); // of every session of this page: who said what is the server's word
const pending = new Map(); // key -> text that has no receipt yet
const known = new Set(); // messages shown, as `id/key`

let early = []; // events of this connection that came before the welcome
let nick = '';
let ownId = null; // null while not joined
let reconnects = -1;
let lastTyping = 0;
let measuring = false;

const line = new Line({ status: onStatus, open: onOpen, event: onEvent });
const picker = new Picker(onPick);
const view = new View({ picker, onJoin, onLeave, onSay, onTyping, onRetry: () => line.retry() });

start();

function start() {
  const query = new URLSearchParams(location.search);
  const last = remembered();
  picker.choose(query.get('family') ?? last.family, query.get('transport') ?? last.transport);
  view.fillNick(query.get('nick') ?? last.nick ?? '');
  view.showScreen('join');
  setInterval(measure, MARK_EVERY_MS);
  addEventListener('pagehide', () => line.hangUp());
  addEventListener('pageshow', (event) => {
    if (event.persisted && nick) line.dial(picker.family, picker.transport);
  });
  if (query.has('join') && query.get('nick')) {
    // Frames and scripts that a transport opens earlier would hold up the page's own load event.
    addEventListener('load', () => setTimeout(() => onJoin(query.get('nick')), 0));
  }
}

// What the visitor does.

function onJoin(wish) {
  nick = wish;
  reconnects = -1;
  remember();
  view.showScreen('chat');
  line.dial(picker.family, picker.transport);
}

function onLeave() {
  nick = '';
  ownId = null;
  line.hangUp();
  visitors.clear();
  pending.clear();
  known.clear();
  view.clear();
  view.showScreen('join');
}

function onPick(family, transport) {
  view.choose(transport);
  if (!nick) return;
  ownId = null;
  remember();
  line.dial(family, transport);
}

function onSay(text) {
  const key = randomKey();
  pending.set(key, text);
  view.showPending({ key, nick, text });
  if (ownId) line.emit('say', text, key);
  else view.showStatus(status());
}

function onTyping() {
  const now = Date.now();
  if (!ownId || now - lastTyping < TYPING_EVERY_MS) return;
  lastTyping = now;
  line.emit('typing');
}

// What the line does.

function onStatus({ state }) {
  if (state !== 'connected') ownId = null;
  view.showStatus(status());
}

function status() {
  return { ...line.status, reconnects: Math.max(0, reconnects), waiting: pending.size };
}

async function onOpen() {
  reconnects += 1;
  early = [];
  const giveUp = setTimeout(() => line.abandon('nobody lets us in'), JOIN_TIMEOUT_MS);
  try {
    const welcome = readWelcome(await line.request('join', { nick }));
    if (welcome) onWelcome(welcome);
    else line.abandon('the welcome makes no sense');
  } catch {
    // The line was lost meanwhile, and says so itself.
  } finally {
    clearTimeout(giveUp);
  }
}

function onWelcome(welcome) {
  line.confirm();
  ownId = welcome.id;
  ownIds.add(ownId);
  visitors.clear();
  for (const visitor of welcome.visitors) visitors.set(visitor.id, visitor);
  for (const message of welcome.history) onSaid(message);
  view.showVisitors(visitors, ownId);
  view.showJoined({ reconnects, transport: picker.transport });
  for (const [name, args] of early.splice(0)) onEvent(name, args);
  for (const [key, text] of pending) line.emit('say', text, key);
  measure();
}

function onEvent(name, args) {
  // The welcome is a promise, so events right behind it in the same payload are here before it is. Those ahead of it
  // do no harm either: it has them already.
  if (ownId) EVENTS[name]?.(args[0]);
  else early.push([name, args]);
}

function onVisitor(value) {
  const visitor = readVisitor(value);
  if (!visitor) return;
  const before = visitors.get(visitor.id);
  visitors.set(visitor.id, visitor);
  view.showVisitors(visitors, ownId);
  if (!before && !ownIds.has(visitor.id)) view.showArrival(visitor);
}

function onLeft(value) {
  const id = readId(value);
  const visitor = visitors.get(id);
  if (!visitor) return;
  visitors.delete(id);
  view.showVisitors(visitors, ownId);
  if (!ownIds.has(id)) view.showDeparture(visitor);
}

function onSaid(value) {
  const message = readMessage(value);
  if (!message) return;
  const name = `${message.id}/${message.key}`;
  if (known.has(name)) return;
  known.add(name);
  const mine = ownIds.has(message.id);
  if (mine) pending.delete(message.key);
  view.showMessage(message, mine);
}

function onTypes(value) {
  const id = readId(value);
  if (id !== ownId) view.showTyping(visitors.get(id));
}

async function measure() {
  if (!ownId || measuring) return;
  measuring = true;
  const from = performance.now();
  try {
    await line.request('mark');
  } catch {
    return;
  } finally {
    measuring = false;
  }
  const rtt = Math.round(performance.now() - from);
  line.emit('rtt', rtt);
  const self = visitors.get(ownId);
  if (!self) return;
  visitors.set(ownId, { ...self, rtt });
  view.showVisitors(visitors, ownId);
}

// Small things.

function randomKey() {
  // crypto.randomUUID() exists in secure contexts only, which a page from another machine over http is not.
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function remember() {
  try {
    localStorage.setItem(REMEMBERED, JSON.stringify({ nick, family: picker.family, transport: picker.transport }));
  } catch {
    // Storage may be switched off; then the form starts empty.
  }
}

function remembered() {
  try {
    return JSON.parse(localStorage.getItem(REMEMBERED)) ?? {};
  } catch {
    return {};
  }
}
