// A list whose members know their neighbours, so that one in the middle goes as cheaply as the
// first.
//
// A member is in one list at a time.
'use strict';

/**
 * @template T
 * @typedef {object} Links
 * @property {T | null} previous
 * @property {T | null} next
 */

/** @template {Links<T>} T */
class EntryList {
  /** @type {T | null} */
  first = null;
  /** @type {T | null} */
  last = null;
  size = 0;

  /** @param {T} entry */
  push(entry) {
    entry.previous = this.last;
    entry.next = null;
    if (this.last) this.last.next = entry;
    else this.first = entry;
    this.last = entry;
    this.size += 1;
  }

  /** @param {T} entry a member */
  remove(entry) {
    if (entry.previous) entry.previous.next = entry.next;
    else this.first = entry.next;
    if (entry.next) entry.next.previous = entry.previous;
    else this.last = entry.previous;
    entry.previous = entry.next = null;
    this.size -= 1;
  }

  /**
   * Takes all members of another list, in front of its own.
   * @param {EntryList<T>} other
   */
  takeInFront(other) {
    if (!other.last) return;
    other.last.next = this.first;
    if (this.first) this.first.previous = other.last;
    else this.last = other.last;
    this.first = other.first;
    this.size += other.size;
    other.first = other.last = null;
    other.size = 0;
  }
}

module.exports = { EntryList };
