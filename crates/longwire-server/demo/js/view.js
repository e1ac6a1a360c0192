/*
 * What the visitor sees: the screens, the state, the visitors. `log.js` has the messages, `wires.js` the drawing.
 *
 * Everything that others wrote goes through `textContent`.
 */

import { element, setData } from './dom.js';
import { Log } from './log.js';
import { Wires } from './wires.js';

const TYPING_SHOWN_MS = 3000;

const byId = (id) => document.getElementById(id);

export class View {
  #picker;
  #log = new Log(byId('log'), byId('to-end'));
  #wires = new Wires(byId('wires'));
  #rows = new Map(); // visitor's id -> list item
  #visitors = new Map();
  #typing = new Map(); // visitor's id -> timer
  #countdown = 0;

  constructor({ picker, onJoin, onLeave, onSay, onTyping, onRetry }) {
    this.#picker = picker;
    byId('join-form').addEventListener('submit', (event) => {
      event.preventDefault();
      const nick = byId('nick').value.trim();
      if (nick) onJoin(nick);
    });
    byId('leave').addEventListener('click', onLeave);
    byId('retry').addEventListener('click', onRetry);
    byId('panel-toggle').addEventListener('click', () => this.#togglePanel());
    addEventListener('keydown', (event) => {
      if (event.key === 'Escape') this.#closePanel();
    });
    byId('panel').addEventListener('click', (event) => {
      // A tap on a transport is done with the panel; the arrow keys, whose clicks count no taps, may go on.
      if (event.detail > 0 && event.target.closest('.option')) this.#closePanel();
    });
    wireComposer(onSay, onTyping);
  }

  fillNick(nick) {
    byId('nick').value = nick.slice(0, byId('nick').maxLength);
  }

  /** "join" or "chat". */
  showScreen(screen) {
    document.documentElement.dataset.screen = screen;
    const joining = screen === 'join';
    byId('welcome').hidden = !joining;
    byId('chat').hidden = joining;
    this.#picker.moveTo(byId(joining ? 'picker-in-form' : 'picker-in-panel'));
    this.#togglePanel(false);
    this.choose(this.#picker.transport);
    // On a touch screen the focus would push up the keyboard before there was anything to see.
    if (matchMedia('(pointer: fine)').matches) byId(joining ? 'nick' : 'text').focus({ preventScroll: true });
  }

  /** Shows which transport the visitor has picked. */
  choose(transport) {
    this.#wires.choose(transport);
  }

  clear() {
    this.#log.clear();
    this.showVisitors(new Map(), null);
  }

  /** The line's status, with `reconnects` and the number of messages `waiting`. */
  showStatus({ state, transport, attempt, retryAt, reason, handshakeMs, openMs, reconnects, waiting }) {
    const connected = state === 'connected';
    setData(byId('state'), {
      state,
      transport,
      attempt,
      reconnects,
      handshakeMs: connected ? Math.round(handshakeMs) : null,
      openMs: connected ? Math.round(openMs) : null,
    });
    if (!connected) setData(byId('state'), { joined: null });
    byId('state-text').textContent = stateText(state, transport);
    byId('state-detail').textContent = connected ? `handshake ${Math.round(handshakeMs)} ms` : '';
    showFacts({ connected, handshakeMs, openMs, reconnects });
    this.#showNotice({ state, attempt, retryAt, reason, waiting });
    this.#wires.setAlive(connected || state === 'off');
  }

  showJoined({ reconnects, transport }) {
    setData(byId('state'), { joined: '', reconnects });
    this.#log.showHappening(reconnects ? `You are on the wire again, by ${transport}` : `You are on the wire by ${transport}`);
  }

  /** All visitors, in the order of arrival; the visitor's own line comes first. */
  showVisitors(visitors, ownId) {
    this.#visitors = new Map(visitors);
    const list = byId('visitors');
    for (const [id, row] of this.#rows) {
      if (visitors.has(id)) continue;
      row.remove();
      this.#rows.delete(id);
    }
    for (const visitor of visitors.values()) {
      const row = this.#rows.get(visitor.id) ?? visitorRow();
      fillVisitorRow(row, visitor, visitor.id === ownId);
      if (row.parentNode !== list) list.append(row);
      if (visitor.id === ownId && list.firstChild !== row) list.prepend(row);
      this.#rows.set(visitor.id, row);
    }
    byId('visitor-count').textContent = visitors.size;
    this.#wires.showVisitors([...visitors.values()], ownId);
    const own = visitors.get(ownId);
    byId('fact-rtt').textContent = rttText(own?.rtt);
  }

  showArrival({ nick, transport }) {
    this.#log.showArrival(nick, transport);
  }

  showDeparture({ id, nick }) {
    this.#log.showDeparture(nick);
    this.#endTyping(id);
  }

  showPending(message) {
    this.#log.showPending(message);
  }

  showMessage(message, mine) {
    this.#log.showMessage(message, mine);
    this.#endTyping(message.id);
    this.#wires.pulse(message.id);
  }

  showTyping(visitor) {
    if (!visitor) return;
    clearTimeout(this.#typing.get(visitor.id));
    this.#typing.set(visitor.id, setTimeout(() => this.#endTyping(visitor.id), TYPING_SHOWN_MS));
    this.#showWhoTypes();
  }

  #endTyping(id) {
    clearTimeout(this.#typing.get(id));
    if (this.#typing.delete(id)) this.#showWhoTypes();
  }

  #showWhoTypes() {
    const nicks = [...this.#typing.keys()].map((id) => this.#visitors.get(id)?.nick).filter(Boolean);
    const verb = nicks.length === 1 ? 'is' : 'are';
    byId('typing').textContent = nicks.length ? `${nicks.join(', ')} ${verb} at the key` : '';
  }

  #showNotice({ state, attempt, retryAt, reason, waiting }) {
    clearInterval(this.#countdown);
    const lost = state === 'reconnecting' || state === 'ended';
    byId('notice').hidden = !lost;
    byId('retry').disabled = state === 'reconnecting' && !retryAt;
    byId('retry').textContent = state === 'ended' ? 'Connect again' : 'Try now';
    if (!lost) {
      byId('notice-text').textContent = '';
      return;
    }
    const kept = waiting ? ` ${waiting} ${waiting === 1 ? 'message waits' : 'messages wait'} for it.` : '';
    byId('notice-text').textContent = `The line is down: ${reason || 'no answer'}.${kept}`;

    const tick = () => {
      const seconds = Math.max(0, Math.ceil((retryAt - Date.now()) / 1000));
      byId('countdown').textContent = `Attempt ${attempt + 1} in ${seconds} s`;
    };
    if (retryAt) {
      tick();
      this.#countdown = setInterval(tick, 250);
    } else {
      byId('countdown').textContent = state === 'ended' ? '' : `Attempt ${attempt} …`;
    }
  }

  #closePanel() {
    if (byId('panel').dataset.open === undefined) return;
    this.#togglePanel(false);
    byId('panel-toggle').focus();
  }

  #togglePanel(open = byId('panel').dataset.open === undefined) {
    setData(byId('panel'), { open: open ? '' : null });
    byId('panel-toggle').setAttribute('aria-expanded', String(open));
  }
}

function stateText(state, transport) {
  return {
    off: 'off the wire',
    connecting: `connecting by ${transport}`,
    connected: transport,
    reconnecting: 'reconnecting',
    ended: 'ended',
  }[state];
}

function showFacts({ connected, handshakeMs, openMs, reconnects }) {
  const ms = (value) => (connected ? `${Math.round(value)} ms` : '–');
  byId('fact-handshake').textContent = ms(handshakeMs);
  byId('fact-open').textContent = ms(openMs);
  byId('fact-reconnects').textContent = reconnects;
}

function visitorRow() {
  const row = element('li', { className: 'visitor' });
  row.append(
    element('span', { className: 'face', ariaHidden: 'true' }),
    element('span', { className: 'nick' }),
    element('span', { className: 'badge' }),
    element('span', { className: 'rtt' }),
  );
  return row;
}

function fillVisitorRow(row, { id, nick, transport, rtt, family }, self) {
  setData(row, { visitor: id, nick, transport, family, rtt: rtt ?? null, self: self ? '' : null });
  const [face, name, badge, time] = row.children;
  face.textContent = [...nick][0] ?? '?';
  name.textContent = self ? `${nick} (you)` : nick;
  badge.textContent = transport;
  time.textContent = rttText(rtt);
}

function rttText(rtt) {
  return Number.isFinite(rtt) ? `${rtt} ms` : '–';
}

function wireComposer(onSay, onTyping) {
  const text = byId('text');
  const send = () => {
    const said = text.value.trim();
    if (said) onSay(said);
    text.value = '';
    text.focus();
  };
  byId('composer').addEventListener('submit', (event) => {
    event.preventDefault();
    send();
  });
  text.addEventListener('input', onTyping);
  text.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    send();
  });
}
