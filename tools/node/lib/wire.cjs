// The binary publish protocol: frames out, answers in. <ringcast/publish.h> is its specification.
// No socket and no clock.
'use strict';

const { RingcastError } = require('./ringcast_error.cjs');

const MAGIC = Buffer.from('\xc5RCP', 'latin1');
const VERSION = 1;
const VERSION_KEYS = 2; // in which a frame may have an idempotency key
const SERVER_HELLO_SIZE = 16;
const HEADER_SIZE = 16; // of every frame, its length field included
const MIN_LENGTH = 12; // the least value of a length field
const MAX_LENGTH = 0x01000400;
const MAX_DATA = 16 * 1024 * 1024;
const MAX_ACKS = 4096;
const MAX_TEXT = 1024;
const ID_SIZE = 16;

const KIND_PUBLISH = 0x01;
const KIND_ONCE = 0x02;
const KIND_ACK = 0x81;
const KIND_NACK = 0x82;
const KIND_ERROR = 0x83;

/** @type {Record<number, string>} */
const NACK_CODES = {
  1: 'INVALID_CHANNEL',
  2: 'INVALID_TYPE',
  3: 'INVALID_DATA',
  4: 'TOO_LARGE',
  5: 'UNAVAILABLE',
  6: 'UNKNOWN_CHANNEL',
  7: 'KEY_REUSED',
};
/**
 * Errors that are nobody's mistake: the same bytes may be taken by the next connection.
 * @type {Record<number, string>}
 */
const PASSING_ERRORS = { 4: 'DEADLINE', 5: 'BUSY' };

/** What came is no answer that a server gives. */
class ProtocolError extends Error {}

/** @typedef {import('./event.cjs').Event} Event */

/**
 * An event and its sizes in bytes.
 * @typedef {object} Frame
 * @property {string} text channel, type, key and, unless there are bytes, data, one after the other
 * @property {Buffer | null} bytes
 * @property {number} channelLength
 * @property {number} typeLength
 * @property {number} keyLength 0: no key
 * @property {number} size of the whole frame
 */

/**
 * Throws when no frame can hold the event.
 * @param {Event} event
 * @param {string} key ASCII; empty: none
 * @returns {Frame}
 */
function makeFrame({ channel, type, data }, key) {
  const channelLength = Buffer.byteLength(channel);
  const typeLength = type === '' ? 0 : Buffer.byteLength(type);
  const isText = typeof data === 'string';
  const dataLength = isText ? Buffer.byteLength(data) : data.length;
  if (channelLength > (key === '' ? 0xffff : 0xff)) {
    throw new RingcastError('INVALID_CHANNEL', 'the channel name is longer than 255 bytes', {
      channel,
    });
  }
  if (typeLength > 0xff) {
    throw new RingcastError('INVALID_TYPE', 'the event type is longer than 255 bytes', { channel });
  }
  const size = HEADER_SIZE + channelLength + typeLength + key.length + dataLength;
  if (dataLength > MAX_DATA || size > MAX_LENGTH + 4) {
    throw new RingcastError('TOO_LARGE', 'the data is larger than any server takes (16 MiB)', {
      channel,
    });
  }
  return {
    text: isText ? channel + type + key + data : channel + type + key,
    bytes: isText ? null : data,
    channelLength,
    typeLength,
    keyLength: key.length,
    size,
  };
}

/**
 * Writes a frame into `target` from `at` on; gives where it ends.
 * @param {Buffer} target
 * @param {number} at
 * @param {number} request
 * @param {Frame} frame
 */
function writeFrame(target, at, request, frame) {
  target.writeUInt32LE(frame.size - 4, at);
  target[at + 5] = frame.typeLength;
  if (frame.keyLength === 0) {
    target[at + 4] = KIND_PUBLISH;
    target.writeUInt16LE(frame.channelLength, at + 6);
  } else {
    target[at + 4] = KIND_ONCE;
    target[at + 6] = frame.channelLength;
    target[at + 7] = frame.keyLength;
  }
  target.writeUInt32LE(request % 0x100000000, at + 8);
  target.writeUInt32LE(Math.floor(request / 0x100000000), at + 12);
  const end = at + frame.size;
  at += HEADER_SIZE;
  at += target.write(frame.text, at, 'utf8');
  if (frame.bytes) at += frame.bytes.copy(target, at);
  if (at !== end) throw new Error(`a frame of ${frame.size} bytes ends ${end - at} bytes early`);
  return end;
}

/** @param {number} version */
function clientHello(version) {
  return Buffer.concat([MAGIC, Buffer.from([version, 0, 0, 0])]);
}

/**
 * @param {Buffer} bytes
 * @param {number} at
 */
function readUInt64(bytes, at) {
  const high = bytes.readUInt32LE(at + 4);
  // Up to 2^53 a number is exact.
  if (high < 0x200000) return high * 0x100000000 + bytes.readUInt32LE(at);
  return bytes.readBigUInt64LE(at);
}

/**
 * The id of the `index`th event that an ack tells of.
 * @param {Buffer} ids
 * @param {number} index
 */
function idAt(ids, index) {
  return `${readUInt64(ids, index * ID_SIZE)}-${readUInt64(ids, index * ID_SIZE + 8)}`;
}

/**
 * @typedef {{ kind: 'ack', request: number | bigint, count: number, ids: Buffer }} Ack
 * @typedef {{ request: number | bigint, code: number, text: string }} Reason
 * @typedef {Reason & { kind: 'nack' | 'error' }} Refusal
 * @typedef {Ack | Refusal | { kind: 'hello' }} Answer
 */

/** Takes what the server sends, in any pieces, and gives its answers. Throws when they are none. */
class AnswerReader {
  /** @type {Buffer} */
  #bytes = Buffer.alloc(0);
  #at = 0;
  #greeted = false;
  #version;

  /** @param {number} version that the server was asked for */
  constructor(version) {
    this.#version = version;
  }

  /** @param {Buffer} bytes */
  push(bytes) {
    const left = this.#bytes.length - this.#at;
    this.#bytes = left === 0 ? bytes : Buffer.concat([this.#bytes.subarray(this.#at), bytes]);
    this.#at = 0;
  }

  /** @returns {Answer | null} null: the rest has not come */
  next() {
    return this.#greeted ? this.#nextAnswer() : this.#hello();
  }

  /** @returns {Answer | null} */
  #hello() {
    const bytes = this.#bytes.subarray(this.#at);
    const magic = Math.min(bytes.length, MAGIC.length);
    if (bytes.compare(MAGIC, 0, magic, 0, magic) !== 0)
      throw new ProtocolError('the socket is no publish socket');
    if (bytes.length < SERVER_HELLO_SIZE) return null;
    if (bytes[4] !== this.#version) {
      throw new ProtocolError(
        `the server speaks version ${bytes[4]} of the publish protocol, this publisher ${this.#version}`,
      );
    }
    this.#greeted = true;
    this.#at += SERVER_HELLO_SIZE;
    return { kind: 'hello' };
  }

  /** @returns {Answer | null} */
  #nextAnswer() {
    const bytes = this.#bytes;
    const at = this.#at;
    if (bytes.length - at < HEADER_SIZE) return null;
    const kind = bytes[at + 4];
    const code = bytes[at + 5];
    const count = bytes.readUInt16LE(at + 6);
    // What the length must be follows from kind and count, so a false one is never waited for.
    let size = count;
    if (kind === KIND_ACK) {
      if (count === 0 || count > MAX_ACKS)
        throw new ProtocolError('the server sent an ack of an impossible size');
      size = count * ID_SIZE;
    } else if (kind !== KIND_NACK && kind !== KIND_ERROR) {
      throw new ProtocolError('the server sent an answer of an unknown kind');
    } else if (count > MAX_TEXT) {
      throw new ProtocolError('the server sent a reason of an impossible size');
    }
    if (bytes.readUInt32LE(at) !== MIN_LENGTH + size) {
      throw new ProtocolError('the server sent an answer with a wrong length');
    }
    const end = at + HEADER_SIZE + size;
    if (bytes.length < end) return null;
    this.#at = end;
    const request = readUInt64(bytes, at + 8);
    const content = bytes.subarray(at + HEADER_SIZE, end);
    if (kind === KIND_ACK) return { kind: 'ack', request, count, ids: content };
    return { kind: kind === KIND_NACK ? 'nack' : 'error', request, code, text: content.toString() };
  }
}

module.exports = {
  AnswerReader,
  NACK_CODES,
  PASSING_ERRORS,
  ProtocolError,
  VERSION,
  VERSION_KEYS,
  clientHello,
  idAt,
  makeFrame,
  writeFrame,
};
