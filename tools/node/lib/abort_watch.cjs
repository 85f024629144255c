// Who is to be told when a signal aborts: many members for each signal, but one listener, for Node
// warns of a leak when a signal has more than a few.
'use strict';

/** @template T */
class AbortWatch {
  /** @type {Map<AbortSignal, { members: Set<T>, stop: () => void }>} */
  #watched = new Map();
  #tell;

  /** @param {(member: T, reason: unknown) => void} tell */
  constructor(tell) {
    this.#tell = tell;
  }

  /**
   * @param {AbortSignal} signal one that has not aborted
   * @param {T} member
   */
  add(signal, member) {
    let watched = this.#watched.get(signal);
    if (!watched) {
      const listener = () => this.#abort(signal);
      const stop = () => signal.removeEventListener('abort', listener);
      signal.addEventListener('abort', listener, { once: true });
      watched = { members: new Set(), stop };
      this.#watched.set(signal, watched);
    }
    watched.members.add(member);
  }

  /**
   * @param {AbortSignal} signal
   * @param {T} member
   */
  remove(signal, member) {
    const watched = this.#watched.get(signal);
    if (!watched?.members.delete(member) || watched.members.size > 0) return;
    watched.stop();
    this.#watched.delete(signal);
  }

  /** @param {AbortSignal} signal */
  #abort(signal) {
    const members = this.#watched.get(signal)?.members ?? [];
    this.#watched.delete(signal);
    for (const member of members) this.#tell(member, signal.reason);
  }
}

module.exports = { AbortWatch };
