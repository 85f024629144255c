// One connection to the publish socket: greets, numbers and writes frames, and tells its owner of
// every answer, in the order of the frames.
//
// It tries nothing twice: when it is lost, the owner makes another one. The owner's functions may
// end the connection; after onLost() none of them is called again.
'use strict';

const net = require('node:net');

const { RingcastError } = require('./ringcast_error.cjs');
const {
  AnswerReader,
  NACK_CODES,
  PASSING_ERRORS,
  ProtocolError,
  clientHello,
  idAt,
  writeFrame,
} = require('./wire.cjs');

/**
 * @typedef {object} Owner
 * @property {() => void} onOpen the server has greeted: frames may be sent
 * @property {(id: string) => void} onAck the oldest frame without an answer was published
 * @property {(code: string, reason: string) => void} onNack it was refused
 * @property {() => void} onAnswers for now there are no more of them
 * @property {(error: RingcastError, fatal: boolean) => void} onLost fatal: another attempt would
 *   end the same way
 */

class Connection {
  /** @type {Owner} */
  #owner;
  #path;
  /** @type {net.Socket} */
  #socket;
  #reader;
  #open = false;
  #over = false;
  #nextRequest = 1;
  #expected = 1; // the request of the next answer

  /**
   * @param {string} path
   * @param {number} version of the protocol
   * @param {Owner} owner
   */
  constructor(path, version, owner) {
    this.#reader = new AnswerReader(version);
    this.#path = path;
    this.#owner = owner;
    this.#socket = net.connect({ path });
    this.#socket.on('connect', () => this.#socket.write(clientHello(version)));
    this.#socket.on('data', (bytes) => this.#take(bytes));
    this.#socket.on('error', (error) => {
      const what = this.#open ? 'the connection to the server broke' : `cannot connect to ${path}`;
      this.#lose(new RingcastError('DISCONNECTED', `${what}: ${error.message}`, { cause: error }));
    });
    this.#socket.on('close', () => {
      this.#lose(new RingcastError('DISCONNECTED', 'the server closed the connection'));
    });
  }

  /**
   * Frames are sent when the server has greeted, not before: one that has no room for a publisher
   * says so instead.
   */
  get open() {
    return this.#open;
  }

  /**
   * @param {Iterable<import('./wire.cjs').Frame>} frames
   * @param {number} size of them all
   */
  send(frames, size) {
    const bytes = Buffer.allocUnsafe(size);
    let at = 0;
    for (const frame of frames) {
      at = writeFrame(bytes, at, this.#nextRequest, frame);
      this.#nextRequest += 1;
    }
    this.#socket.write(bytes);
  }

  /**
   * Whether it keeps the process alive.
   * @param {boolean} kept
   */
  hold(kept) {
    if (kept) this.#socket.ref();
    else this.#socket.unref();
  }

  destroy() {
    this.#over = true;
    this.#socket.destroy();
  }

  /** @param {Buffer} bytes */
  #take(bytes) {
    if (this.#over) return;
    this.#reader.push(bytes);
    let greeted = false;
    try {
      for (let answer = this.#reader.next(); answer && !this.#over; answer = this.#reader.next()) {
        if (answer.kind === 'hello') greeted = true;
        else this.#answer(answer);
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#lose(new RingcastError('PROTOCOL', `${this.#path}: ${error.message}`), true);
    }
    if (this.#over) return;
    if (greeted) {
      this.#open = true;
      this.#owner.onOpen();
    } else {
      this.#owner.onAnswers();
    }
  }

  /** @param {import('./wire.cjs').Ack | import('./wire.cjs').Refusal} answer */
  #answer(answer) {
    if (answer.kind === 'error') {
      const passing = PASSING_ERRORS[answer.code];
      const error = new RingcastError(
        passing ?? 'PROTOCOL',
        `the server ended the connection: ${answer.text}`,
        { reason: answer.text },
      );
      this.#lose(error, passing === undefined);
      return;
    }
    const count = answer.kind === 'ack' ? answer.count : 1;
    if (answer.request !== this.#expected || this.#expected + count > this.#nextRequest) {
      throw new ProtocolError('the server answered a request that is not the next one');
    }
    this.#expected += count;
    if (answer.kind !== 'ack') {
      this.#owner.onNack(NACK_CODES[answer.code] ?? 'REFUSED', answer.text);
      return;
    }
    for (let i = 0; i < count && !this.#over; i += 1) this.#owner.onAck(idAt(answer.ids, i));
  }

  /**
   * @param {RingcastError} error
   * @param {boolean} [fatal]
   */
  #lose(error, fatal = false) {
    if (this.#over) return;
    this.destroy();
    this.#owner.onLost(error, fatal);
  }
}

module.exports = { Connection };
