/*
 * The log of messages and happenings.
 *
 * It stays at its end while the reader is there; else a button tells that there is more below. It keeps the last
 * LONGEST entries. A message that has no receipt yet stands at the end, where the others will meet it.
 */

import { element, setData } from './dom.js';

const LONGEST = 500;
const NEAR_END_PX = 80;

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });

export class Log {
  #root;
  #toEnd;

  constructor(root, toEnd) {
    this.#root = root;
    this.#toEnd = toEnd;
    toEnd.addEventListener('click', () => this.#scrollToEnd());
    root.addEventListener('scroll', () => {
      if (this.#atEnd()) toEnd.hidden = true;
    });
    new ResizeObserver(() => {
      if (toEnd.hidden) this.#scrollToEnd();
    }).observe(root);
  }

  clear() {
    this.#root.replaceChildren();
    this.#toEnd.hidden = true;
  }

  showPending({ key, nick, text }) {
    const entry = element('div', { className: 'message' });
    fillMessage(entry, { key, nick, text, at: Date.now() }, true);
    setData(entry, { pending: '' });
    entry.querySelector('.via').textContent = 'waiting';
    this.#add(entry, true);
  }

  showMessage(message, mine) {
    const waiting = mine ? this.#pendingEntry(message.key) : null;
    const entry = waiting ?? element('div', { className: 'message' });
    fillMessage(entry, message, mine);
    this.#add(entry, mine);
  }

  showHappening(text, data = {}) {
    this.#add(element('p', { className: 'happening', textContent: text, dataset: { happening: '', ...data } }));
  }

  showArrival(nick, transport) {
    // Whoever changes the transport leaves and arrives: one line tells both.
    const last = this.#lastSettled();
    const back = last?.dataset.departed === nick;
    if (back) last.remove();
    this.showHappening(back ? `${nick} is back, by ${transport}` : `${nick} joined by ${transport}`);
  }

  showDeparture(nick) {
    this.showHappening(`${nick} left`, { departed: nick });
  }

  #add(entry, own = false) {
    const follow = own || this.#toEnd.hidden && this.#atEnd();
    const before = entry.dataset.pending === undefined ? this.#root.querySelector('[data-pending]') : null;
    // An entry that is in its place already is not moved: a screen reader would read it again.
    if (!entry.parentNode || entry.nextElementSibling !== before) this.#root.insertBefore(entry, before);
    this.#join(entry);
    this.#join(entry.nextElementSibling);
    while (this.#root.childElementCount > LONGEST) this.#root.firstElementChild.remove();
    if (follow) this.#scrollToEnd();
    else this.#toEnd.hidden = false;
  }

  /** Marks an entry that goes on where the same visitor has just spoken: its head is not shown again. */
  #join(entry) {
    if (entry?.dataset.message === undefined) return;
    const before = entry.previousElementSibling;
    const same = ['speaker', 'transport', 'minute'].every((key) => before?.dataset[key] === entry.dataset[key]);
    setData(entry, { continued: same && before?.dataset.message !== undefined ? '' : null });
  }

  #pendingEntry(key) {
    return [...this.#root.querySelectorAll('[data-pending]')].find((entry) => entry.dataset.message === key);
  }

  #lastSettled() {
    const entries = this.#root.querySelectorAll(':scope > :not([data-pending])');
    return entries[entries.length - 1];
  }

  #atEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.#root;
    return scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
  }

  #scrollToEnd() {
    this.#root.scrollTop = this.#root.scrollHeight;
    this.#toEnd.hidden = true;
  }
}

function fillMessage(entry, { key, id, nick, transport, text, at }, mine) {
  const minute = clock.format(new Date(at));
  setData(entry, { message: key, nick, transport, mine: mine ? '' : null, speaker: mine ? 'me' : id, minute, pending: null });
  if (!entry.firstChild) entry.append(...messageParts());
  const [head, words] = entry.children;
  const [name, via, time] = head.children;
  name.textContent = mine ? 'You' : nick;
  via.textContent = transport ?? '';
  time.textContent = minute;
  time.dateTime = new Date(at).toISOString();
  words.textContent = text;
}

function messageParts() {
  const head = element('p', { className: 'head' });
  head.append(element('span', { className: 'nick' }), element('span', { className: 'via' }), element('time'));
  return [head, element('p', { className: 'text' })];
}
