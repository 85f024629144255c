// A publisher over the UNIX socket: events go out in large writes, and each promise is settled by
// the server's answer.
//
// Every event is kept until it has its answer. When the connection breaks, what has none is sent
// again over the next one, in order. So none is lost or overtaken while the publisher lives, but an
// event that the server had published just before the break is published twice, unless events have
// idempotency keys.
//
// Invariants: answers come in the order of the events. What is written and not answered is at most
// `windowBytes` (or one event), what is held at all at most `maxQueueBytes` (or one event).
'use strict';

const { EventEmitter } = require('node:events');
const { performance } = require('node:perf_hooks');

const { AbortWatch } = require('./abort_watch.cjs');
const { BackOff } = require('./back_off.cjs');
const { Connection } = require('./connection.cjs');
const { EntryList } = require('./entry_list.cjs');
const { makeEvent } = require('./event.cjs');
const { KeyMaker, checkKey } = require('./key.cjs');
const { requirePositive } = require('./options.cjs');
const { RingcastError } = require('./ringcast_error.cjs');
const { findPublishSocket } = require('./socket_path.cjs');
const { VERSION, VERSION_KEYS, makeFrame } = require('./wire.cjs');

// Bytes that are written without waiting for the end of the tick, so that the server has something
// to do while a long loop publishes more.
const WRITE_SIZE = 256 * 1024;
// Milliseconds: the longest that a timer of Node's can wait.
const LONGEST_TIMER = 2 ** 31 - 1;

/**
 * An event whose promise is not settled, or whose answer is still on its way.
 * @typedef {object} Entry
 * @property {string} channel
 * @property {import('./wire.cjs').Frame} frame
 * @property {((id: string) => void) | null} resolve null: nobody waits for it any more
 * @property {(reason: unknown) => void} reject
 * @property {number} deadline
 * @property {boolean} written to the connection of now
 * @property {boolean} sent to any connection
 * @property {AbortSignal | undefined} signal
 * @property {Entry | null} previous
 * @property {Entry | null} next
 */

/** @typedef {{ resolve: () => void, reject: (reason: unknown) => void }} Waiter */

/** @param {string} [channel] */
function closedError(channel) {
  return new RingcastError('CLOSED', 'the publisher is closed', { channel });
}

class Publisher extends EventEmitter {
  #path;
  #windowBytes;
  #maxQueueBytes;
  #timeout;
  #backOff;
  /** @type {KeyMaker | null} null: events have no keys */
  #keys;

  /** @type {EntryList<Entry>} not written to the connection of now */
  #waiting = new EntryList();
  /** @type {EntryList<Entry>} written to it, without an answer */
  #written = new EntryList();
  /** @type {AbortWatch<Entry>} */
  #aborts = new AbortWatch((entry, reason) => this.#abandon(entry, reason));
  #bytes = 0; // of both
  #writtenBytes = 0;
  #gathered = 0; // bytes published since the last write
  #unsettled = 0; // promises
  #writeDue = false;
  #blocked = false; // by the window

  /** @type {Connection | null} */
  #connection = null;
  /** @type {RingcastError | undefined} */
  #lastError;
  #nextAttempt = 0;
  /** @type {NodeJS.Timeout | null} */
  #retryTimer = null;
  /** @type {NodeJS.Timeout | null} */
  #expiryTimer = null;

  /** @type {Waiter[]} */
  #readyWaiters = [];
  /** @type {Waiter[]} */
  #connectWaiters = [];
  /** @type {Promise<void> | null} */
  #closing = null;
  /** @type {() => void} */
  #onClosed = () => {};

  /** @param {import('../index.cjs').PublisherOptions} [options] */
  constructor({
    socket = findPublishSocket(),
    windowBytes = 4 * 1024 * 1024,
    maxQueueBytes = 64 * 1024 * 1024,
    timeout = 60_000,
    firstBackOff = 20,
    maxBackOff = 2_000,
    idempotency = false,
  } = {}) {
    super();
    this.#path = socket;
    this.#windowBytes = requirePositive('windowBytes', windowBytes);
    this.#maxQueueBytes = requirePositive('maxQueueBytes', maxQueueBytes);
    this.#timeout = timeout === 0 ? Infinity : requirePositive('timeout', timeout);
    this.#keys = idempotency ? new KeyMaker() : null;
    this.#backOff = new BackOff(
      requirePositive('firstBackOff', firstBackOff),
      requirePositive('maxBackOff', maxBackOff),
    );
  }

  /** Events whose promise is not settled. */
  get unanswered() {
    return this.#unsettled;
  }

  /** Bytes of frames without an answer, whether written or not. */
  get unansweredBytes() {
    return this.#bytes;
  }

  get connected() {
    return this.#connection?.open === true;
  }

  /**
   * @param {string} channel
   * @param {unknown} data
   * @param {import('../index.cjs').PublishOptions} [options]
   * @returns {Promise<string>} the event's id
   */
  publish(channel, data, { event, key, signal } = {}) {
    return new Promise((resolve, reject) => {
      const frame = makeFrame(makeEvent(channel, data, event), this.#keyOf(key));
      if (this.#closing) throw closedError(channel);
      signal?.throwIfAborted();
      if (this.#bytes > 0 && this.#bytes + frame.size > this.#maxQueueBytes) {
        throw new RingcastError(
          'QUEUE_FULL',
          `${this.#unsettled} events wait already (maxQueueBytes); await ready() between events`,
          { channel, cause: this.#lastError },
        );
      }
      /** @type {Entry} */
      const entry = {
        channel,
        frame,
        resolve,
        reject,
        deadline: performance.now() + this.#timeout,
        written: false,
        sent: false,
        signal,
        previous: null,
        next: null,
      };
      if (signal) this.#aborts.add(signal, entry);
      this.#add(entry);
    });
  }

  /** Resolves when less than `windowBytes` wait for their answers: at once, most of the time. */
  ready() {
    if (this.#closing) return Promise.reject(closedError());
    if (this.#bytes < this.#windowBytes) return Promise.resolve();
    return /** @type {Promise<void>} */ (
      new Promise((resolve, reject) => {
        this.#readyWaiters.push({ resolve, reject });
      })
    );
  }

  /** Connects now, with one attempt. Optional: the first event connects otherwise. */
  connect() {
    if (this.#closing) return Promise.reject(closedError());
    if (this.connected) return Promise.resolve();
    return /** @type {Promise<void>} */ (
      new Promise((resolve, reject) => {
        this.#connectWaiters.push({ resolve, reject });
        this.#connectNow();
      })
    );
  }

  /** Takes no more events, and resolves when all that were published have their answer. */
  close() {
    this.#closing ??= new Promise((resolve) => {
      this.#onClosed = resolve;
    });
    this.#write();
    this.#endIfDone();
    return this.#closing;
  }

  /** Ends at once: whatever has no answer is rejected, and may or may not have been published. */
  destroy() {
    this.#rejectAll(new RingcastError('CLOSED', 'the publisher was destroyed'));
    return this.close();
  }

  /** @param {string | undefined} key */
  #keyOf(key) {
    if (this.#keys) return key === undefined ? this.#keys.next() : checkKey(key);
    if (key === undefined) return '';
    throw new RingcastError('INVALID_KEY', 'a key needs a publisher with the option idempotency');
  }

  /** @param {Entry} entry */
  #add(entry) {
    this.#waiting.push(entry);
    this.#bytes += entry.frame.size;
    this.#gathered += entry.frame.size;
    this.#unsettled += 1;
    if (this.#unsettled === 1) this.#connection?.hold(true);
    if (!this.#expiryTimer && this.#timeout !== Infinity) this.#watchDeadlines(this.#timeout);
    if (this.#gathered >= WRITE_SIZE) {
      this.#write();
    } else if (!this.#writeDue) {
      this.#writeDue = true;
      setImmediate(() => {
        this.#writeDue = false;
        this.#write();
      });
    }
  }

  /** Writes what the window has room for; connects first where that is needed. */
  #write() {
    this.#gathered = 0;
    if (!this.#waiting.first) return;
    if (!this.#connection) {
      this.#connectLater();
      return;
    }
    if (!this.#connection.open) return;
    for (;;) {
      const frames = [];
      let size = 0;
      for (
        let entry = this.#waiting.first;
        entry && size < WRITE_SIZE;
        entry = this.#waiting.first
      ) {
        const bytes = this.#writtenBytes + size;
        if (bytes > 0 && bytes + entry.frame.size > this.#windowBytes) break;
        this.#waiting.remove(entry);
        this.#written.push(entry);
        entry.written = entry.sent = true;
        frames.push(entry.frame);
        size += entry.frame.size;
      }
      if (frames.length === 0) break;
      this.#writtenBytes += size;
      this.#connection.send(frames, size);
    }
    this.#blocked = this.#waiting.first !== null;
  }

  #connectLater() {
    if (this.#retryTimer) return;
    const wait = this.#nextAttempt - performance.now();
    if (wait <= 0) {
      this.#connectNow();
      return;
    }
    this.#retryTimer = setTimeout(() => {
      this.#retryTimer = null;
      this.#write();
    }, Math.ceil(wait));
  }

  #connectNow() {
    if (this.#connection) return;
    this.#connection = new Connection(this.#path, this.#keys ? VERSION_KEYS : VERSION, {
      onOpen: () => this.#onOpen(),
      onAck: (id) => this.#settle(this.#answered(), (entry) => entry.resolve?.(id)),
      onNack: (code, reason) => {
        this.#settle(this.#answered(), (entry) => {
          entry.reject(new RingcastError(code, reason, { channel: entry.channel, reason }));
        });
      },
      onAnswers: () => this.#onAnswers(),
      onLost: (error, fatal) => this.#onLost(error, fatal),
    });
  }

  #onOpen() {
    this.#lastError = undefined;
    this.#connection?.hold(this.#unsettled > 0);
    for (const { resolve } of this.#connectWaiters.splice(0)) resolve();
    this.#write();
    this.emit('connect');
  }

  #onAnswers() {
    this.#backOff.reset();
    // Half of the window at once: a write for every single answer would be many small ones.
    if (this.#blocked && this.#writtenBytes <= this.#windowBytes / 2) this.#write();
    this.#afterChange();
  }

  /**
   * @param {RingcastError} error
   * @param {boolean} fatal
   */
  #onLost(error, fatal) {
    const wasOpen = this.connected;
    this.#connection = null;
    this.#lastError = error;
    this.#nextAttempt = performance.now() + this.#backOff.next();
    for (let entry = this.#written.first; entry;) {
      const { next } = entry;
      entry.written = false;
      if (!entry.resolve) {
        this.#written.remove(entry);
        this.#bytes -= entry.frame.size;
      }
      entry = next;
    }
    this.#writtenBytes = 0;
    this.#waiting.takeInFront(this.#written);
    for (const { reject } of this.#connectWaiters.splice(0)) reject(error);
    if (fatal) this.#rejectAll(error);
    else this.#write();
    this.#afterChange();
    this.emit(wasOpen ? 'disconnect' : 'unreachable', error);
  }

  /** The entry that the answer at hand is for. The connection has seen to it that there is one. */
  #answered() {
    const entry = /** @type {Entry} */ (this.#written.first);
    this.#written.remove(entry);
    this.#writtenBytes -= entry.frame.size;
    this.#bytes -= entry.frame.size;
    return entry;
  }

  /**
   * @param {Entry} entry
   * @param {(entry: Entry) => void} tell
   */
  #settle(entry, tell) {
    if (!entry.resolve) return;
    tell(entry);
    entry.resolve = null;
    this.#unsettled -= 1;
    if (entry.signal) this.#aborts.remove(entry.signal, entry);
  }

  /**
   * Nobody waits for it any more. One that is written keeps its place until its answer comes, for
   * the server counts; a new connection does not get it.
   * @param {Entry} entry
   * @param {unknown} reason
   */
  #abandon(entry, reason) {
    if (!entry.written) {
      this.#waiting.remove(entry);
      this.#bytes -= entry.frame.size;
    }
    this.#settle(entry, () => entry.reject(reason));
    this.#afterChange();
  }

  /** @param {RingcastError} error */
  #rejectAll(error) {
    for (const list of [this.#written, this.#waiting]) {
      for (let entry = list.first; entry;) {
        const { next, channel } = entry;
        const facts = { channel, reason: error.reason, cause: error };
        this.#abandon(entry, new RingcastError(error.code, error.message, facts));
        entry = next;
      }
    }
    this.#afterChange();
  }

  #afterChange() {
    if (this.#unsettled === 0) this.#connection?.hold(false);
    if (this.#bytes < this.#windowBytes) {
      for (const { resolve } of this.#readyWaiters.splice(0)) resolve();
    }
    this.#endIfDone();
  }

  #endIfDone() {
    if (!this.#closing || this.#unsettled > 0) return;
    if (this.#retryTimer) clearTimeout(this.#retryTimer);
    if (this.#expiryTimer) clearTimeout(this.#expiryTimer);
    this.#connection?.destroy();
    this.#connection = null;
    const closed = closedError();
    const waiters = [...this.#connectWaiters.splice(0), ...this.#readyWaiters.splice(0)];
    for (const { reject } of waiters) reject(closed);
    this.#onClosed();
  }

  /** @param {number} milliseconds */
  #watchDeadlines(milliseconds) {
    const wait = Math.min(milliseconds, LONGEST_TIMER);
    this.#expiryTimer = setTimeout(() => this.#expire(), wait);
    this.#expiryTimer.unref();
  }

  /** Events are given up in the order in which they came, for all have the same time. */
  #expire() {
    this.#expiryTimer = null;
    const now = performance.now();
    for (const list of [this.#written, this.#waiting]) {
      for (let entry = list.first; entry;) {
        const { next, channel, sent } = entry;
        if (entry.resolve) {
          // A timer may come a little early.
          if (entry.deadline > now + 1) {
            this.#watchDeadlines(Math.ceil(entry.deadline - now));
            return;
          }
          const perhaps = sent ? '; it may have been published' : '';
          const why = this.#lastError ? `: ${this.#lastError.message}` : '';
          this.#abandon(
            entry,
            new RingcastError('TIMEOUT', `no answer within ${this.#timeout} ms${perhaps}${why}`, {
              channel,
              cause: this.#lastError,
            }),
          );
        }
        entry = next;
      }
    }
  }
}

if (Symbol.asyncDispose) {
  Object.defineProperty(Publisher.prototype, Symbol.asyncDispose, {
    /** @this {Publisher} */
    value() {
      return this.close();
    },
  });
}

module.exports = { Publisher };
