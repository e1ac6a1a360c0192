'use strict';
// The report of a driver: TAP version 14 on standard output, one line a check.
//
// A check that is known to fail for a fault of the peer is printed as `not ok … # TODO why`, as TAP spells it, and does
// not make the run fail; it is never left out. When such a check passes, its line says so, and nothing fails either.

/** Thrown by a check that does not apply: its line is `ok … # SKIP why`. */
class Skipped extends Error {}

class Report {
  #count = 0;
  #failed = 0;
  #excused;

  /** `excused(name)` tells why the check called `name` is known to fail, or undefined. */
  constructor(excused = () => undefined) {
    this.#excused = excused;
    console.log('TAP version 14');
  }

  /** Runs one check; it passes when `body` does not throw. */
  async check(name, body) {
    this.#count += 1;
    const line = `${this.#count} - ${name.replaceAll('#', '\\#')}`;
    const reason = this.#excused(name);
    const todo = reason === undefined ? '' : ` # TODO ${reason}`;
    const start = Date.now();
    try {
      await body();
      console.log(`ok ${line}${todo}`);
    } catch (error) {
      if (error instanceof Skipped) {
        console.log(`ok ${line} # SKIP ${error.message}`);
        return;
      }
      if (reason === undefined) this.#failed += 1;
      console.log(`not ok ${line}${todo}`);
      this.note(error instanceof Error ? error.message : String(error));
    } finally {
      if (process.env.CLIENTS_DEBUG) this.note(`${Date.now() - start} ms`);
    }
  }

  note(text) {
    for (const line of text.split('\n')) console.log(`# ${line}`);
  }

  /** Prints the plan and sets the exit status. */
  finish() {
    console.log(`1..${this.#count}`);
    if (this.#failed > 0 || this.#count === 0) process.exitCode = 1;
  }
}

module.exports = { Report, Skipped };
