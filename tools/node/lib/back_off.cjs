// How long to wait before the next attempt: twice as long after each failure, up to a bound, and
// spread by half either way, so that publishers that lost one server do not come back together.
'use strict';

const MOST_DOUBLINGS = 20;

class BackOff {
  #first;
  #longest;
  #failures = 0;

  /**
   * @param {number} first milliseconds
   * @param {number} longest milliseconds
   */
  constructor(first, longest) {
    this.#first = first;
    this.#longest = longest;
  }

  /** Something worked: the next failure is the first again. */
  reset() {
    this.#failures = 0;
  }

  /** Counts a failure; gives the milliseconds to wait after it. */
  next() {
    const doublings = Math.min(this.#failures, MOST_DOUBLINGS);
    this.#failures += 1;
    const middle = Math.min(this.#longest, this.#first * 2 ** doublings);
    return middle * (0.5 + Math.random());
  }
}

module.exports = { BackOff };
