/*
 * The drawing above the chat: poles, a wire for each transport, and a bird for each visitor on the wire they use.
 *
 * When a visitor says something, the bird hops and its initial runs along the wire in Morse code. It tells nothing that
 * the list of visitors and the log do not tell in words, so it is hidden from screen readers.
 */

import { FAMILIES } from './families.js';
import { svg } from './dom.js';

const SPAN_PX = 430; // between poles, about
const SAG_PX = 14;
const TOP_PX = 82; // where the highest wire hangs: above it are the page's name and a bird's height
const GROUND_PX = 34; // how far above the ground the lowest one hangs
const BIRD_GAP_PX = 24;
const PULSE_PX_PER_S = 420;

const BIRD =
  'M-10 2.6 L-12.6 0.6 L-5.6 -5.4 C-3.8 -10.2 -0.6 -12.8 2 -14.6 C2.6 -18 7.6 -18.8 9.2 -15.8 L12.6 -14.4 L9.2 -13.2 ' +
  'C9.8 -7 6.6 -2.4 1.6 -1.8 C-1.4 -1.5 -4.4 -2 -6 -1.6 Z';
const FEET = 'M0 -2 V0.5 M3 -2 V0.5';

const MORSE = {
  A: '.-', B: '-...', C: '-.-.', D: '-..', E: '.', F: '..-.', G: '--.', H: '....', I: '..', J: '.---', K: '-.-',
  L: '.-..', M: '--', N: '-.', O: '---', P: '.--.', Q: '--.-', R: '.-.', S: '...', T: '-', U: '..-', V: '...-',
  W: '.--', X: '-..-', Y: '-.--', Z: '--..', 0: '-----', 1: '.----', 2: '..---', 3: '...--', 4: '....-', 5: '.....',
  6: '-....', 7: '--...', 8: '---..', 9: '----.',
};

export class Wires {
  #svg;
  #poles = svg('g', { class: 'poles' });
  #hills = svg('path', { class: 'hills' });
  #lines = svg('g', { class: 'lines' });
  #pulses = svg('g', { class: 'pulses' });
  #birds = svg('g', { class: 'birds' });
  #wires = new Map(); // transport -> { path, y }
  #nest = new Map(); // visitor's id -> { bird, x, transport }
  #visitors = [];
  #ownId = null;
  #chosen = '';
  #polesAt = [];
  #width = 0;
  #height = 0;
  #still = matchMedia('(prefers-reduced-motion: reduce)');

  constructor(root) {
    this.#svg = root;
    root.append(this.#poles, this.#hills, this.#lines, this.#pulses, this.#birds);
    new ResizeObserver(() => this.#resize()).observe(root);
  }

  /** The transport that the visitor has picked: its wire is drawn stronger. */
  choose(transport) {
    this.#chosen = transport;
    this.#draw();
  }

  /** Whether the visitor's own line is up. */
  setAlive(alive) {
    this.#svg.classList.toggle('down', !alive);
  }

  showVisitors(visitors, ownId) {
    this.#visitors = visitors;
    this.#ownId = ownId;
    this.#draw();
  }

  pulse(id) {
    const place = this.#nest.get(id);
    const wire = place && this.#wires.get(place.transport);
    if (!wire || this.#still.matches || document.hidden) return;
    place.bird.firstChild.animate(
      [{ transform: 'none' }, { transform: 'translateY(-7px)' }, { transform: 'none' }],
      { duration: 320, easing: 'ease-out' },
    );
    this.#run(wire, place.transport, place.x, 1, place.letter);
    this.#run(wire, place.transport, place.x, -1, place.letter);
  }

  /** Lets a letter run from x to one end of a wire. */
  #run(wire, transport, x, direction, letter) {
    const dashes = [...(MORSE[letter] ?? '-')].map((sign) => (sign === '.' ? 4 : 12));
    const length = dashes.reduce((sum, dash) => sum + dash + 5, 0);
    const pattern = `${dashes.join(' 5 ')} ${4 * this.#width}`;
    const path = svg('path', { d: wire.path.getAttribute('d'), 'stroke-dasharray': pattern, 'data-transport': transport });
    const from = x - wire.start; // The path begins to the left of the drawing.
    const to = direction > 0 ? this.#width - wire.start : -wire.start - length;
    this.#pulses.append(path);
    path
      .animate([{ strokeDashoffset: -from }, { strokeDashoffset: -to }], {
        duration: (Math.abs(to - from) / PULSE_PX_PER_S) * 1000,
        easing: 'ease-in',
      })
      .finished.catch(() => {})
      .then(() => path.remove());
  }

  #resize() {
    const { width, height } = this.#svg.getBoundingClientRect();
    if (!width || (width === this.#width && height === this.#height)) return;
    this.#width = width;
    this.#height = height;
    this.#wires.clear();
    this.#draw();
  }

  #draw() {
    if (!this.#width) return;
    const transports = this.#transports();
    if (transports.join() !== [...this.#wires.keys()].join()) this.#string(transports);
    for (const [transport, { path }] of this.#wires) {
      path.classList.toggle('used', this.#visitors.some((visitor) => visitor.transport === transport));
      path.classList.toggle('chosen', transport === this.#chosen);
    }
    this.#perch();
  }

  /** The transports of the families in the picker, and what else is in use. */
  #transports() {
    const picked = FAMILIES.flatMap((family) => family.transports.map(({ id }) => id));
    return [...new Set([...picked, ...this.#visitors.map(({ transport }) => transport)])];
  }

  /** Puts up the poles and strings the wires. */
  #string(transports) {
    const spans = Math.max(1, Math.round(this.#width / SPAN_PX));
    const span = this.#width / spans;
    const poles = Array.from({ length: spans + 2 }, (_, index) => (index - 0.5) * span);
    const step = (this.#height - TOP_PX - GROUND_PX) / Math.max(1, transports.length - 1);

    this.#wires.clear();
    this.#lines.replaceChildren();
    transports.forEach((transport, index) => {
      const y = TOP_PX + index * step;
      const sags = poles.slice(1).map((x, nth) => `Q${(poles[nth] + x) / 2} ${y + 2 * SAG_PX} ${x} ${y}`);
      const path = svg('path', { d: `M${poles[0]} ${y}${sags.join('')}`, 'data-transport': transport });
      this.#lines.append(path);
      this.#wires.set(transport, { path, y, start: poles[0], span });
    });
    this.#polesAt = poles;
    this.#hills.setAttribute('d', hills(this.#width, this.#height));
    this.#poles.replaceChildren(...poles.slice(1, -1).map((x) => pole(x, [...this.#wires.values()], this.#height)));
  }

  /** Gives every visitor a bird; on the form, where there is nobody yet, the visitor has one all the same. */
  #perch() {
    const visitors = this.#visitors.length ? this.#visitors : [{ id: '', nick: '', transport: this.#chosen }];
    const ids = new Set(visitors.map(({ id }) => id));
    for (const [id, { bird }] of this.#nest) {
      if (ids.has(id)) continue;
      bird.remove();
      this.#nest.delete(id);
    }

    const taken = new Map();
    for (const { id, nick, transport } of visitors) {
      const wire = this.#wires.get(transport);
      if (!wire) continue;
      const others = taken.get(transport) ?? [];
      const x = freePlace(id, this.#width, [...others, ...this.#polesAt]);
      taken.set(transport, [...others, x]);

      const bird = this.#nest.get(id)?.bird ?? newBird(id);
      if (!bird.parentNode) this.#birds.append(bird);
      bird.dataset.transport = transport;
      bird.classList.toggle('own', id === this.#ownId || id === '');
      bird.style.transform = `translate(${x}px, ${heightAt(wire, x)}px)`;
      this.#nest.set(id, { bird, x, transport, letter: nick.slice(0, 1).toUpperCase() });
    }
  }
}

function pole(x, wires, height) {
  const group = svg('g');
  const top = wires[0].y - 12;
  group.append(svg('path', { class: 'post', d: `M${x} ${height}V${top}` }));
  for (const { y } of wires) {
    group.append(svg('path', { class: 'arm', d: `M${x - 9} ${y + 3}H${x + 9}` }));
    group.append(svg('circle', { class: 'insulator', cx: x, cy: y, r: 2.5 }));
  }
  return group;
}

/** Low ground, in which the poles stand. */
function hills(width, height) {
  const at = (x, y) => `${x * width} ${height - y}`;
  return `M${at(0, 0)} L${at(0, 9)} C${at(0.2, 20)} ${at(0.3, 2)} ${at(0.5, 8)} S${at(0.8, 22)} ${at(1, 10)} L${at(1, 0)} Z`;
}

function newBird(id) {
  const bird = svg('g', { class: 'bird' });
  const body = svg('g'); // Hops; the group around it has the place on the wire.
  const side = hash(id) % 2 ? -1 : 1;
  body.append(
    svg('path', { d: BIRD + FEET, transform: `scale(${side} 1)` }),
    svg('circle', { cx: side * 6.6, cy: -15.2, r: 1 }),
  );
  bird.append(body);
  return bird;
}

/** A place for that visitor, always about the same one, away from the others on the wire and from the poles. */
function freePlace(id, width, others) {
  const room = width - 60;
  let x = hash(id) % room;
  const tries = Math.floor(room / BIRD_GAP_PX);
  for (let n = 0; n < tries && others.some((other) => Math.abs(other - 30 - x) < BIRD_GAP_PX); n += 1) {
    x = (x + BIRD_GAP_PX) % room;
  }
  return x + 30;
}

function heightAt({ y, start, span }, x) {
  const u = ((x - start) / span) % 1;
  return y + 4 * SAG_PX * u * (1 - u);
}

function hash(text) {
  let sum = 2166136261; // FNV-1a
  for (const character of text) sum = Math.imul(sum ^ character.codePointAt(0), 16777619);
  return sum >>> 0;
}
