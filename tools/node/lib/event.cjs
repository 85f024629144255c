// An event as it is published: what a caller gave, turned into text or bytes, with its sizes.
//
// A string is sent as it is, bytes as they are, anything else as compact JSON. Whether names and
// data are acceptable is for the server to say; refused here is only what could not even be sent as
// it was meant.
'use strict';

const { RingcastError } = require('./ringcast_error.cjs');

const LONE_SURROGATE = /\p{Surrogate}/u;

/** @type {(text: string) => boolean} */
const isWellFormed =
  'isWellFormed' in String.prototype
    ? // @ts-ignore since Node 20
      (text) => text.isWellFormed()
    : (text) => !LONE_SURROGATE.test(text);

/**
 * @typedef {object} Event
 * @property {string} channel
 * @property {string} type empty: the default type, "message"
 * @property {string | Buffer} data
 */

/**
 * @param {unknown} data
 * @param {string} channel
 * @returns {string | Buffer}
 */
function toData(data, channel) {
  if (typeof data === 'string') {
    if (isWellFormed(data)) return data;
    throw new RingcastError(
      'INVALID_DATA',
      'the data has half of a surrogate pair, which UTF-8 cannot hold',
      { channel },
    );
  }
  // Copied: the event is what the bytes were when it was published.
  if (ArrayBuffer.isView(data)) {
    return Buffer.from(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  if (data instanceof ArrayBuffer) return Buffer.from(new Uint8Array(data));
  let text;
  let cause;
  try {
    text = JSON.stringify(data);
  } catch (error) {
    cause = error;
  }
  if (text !== undefined) return text;
  throw new RingcastError(
    'INVALID_DATA',
    `data of the type ${typeof data} has no JSON; publish a string, bytes, or what JSON can say`,
    { channel, cause },
  );
}

/**
 * @param {unknown} channel
 * @param {unknown} data
 * @param {unknown} type
 * @returns {Event}
 */
function makeEvent(channel, data, type = '') {
  if (typeof channel !== 'string') {
    throw new RingcastError(
      'INVALID_CHANNEL',
      `a channel's name is a string, not ${typeof channel}`,
    );
  }
  if (!isWellFormed(channel)) {
    throw new RingcastError('INVALID_CHANNEL', 'the channel name has half of a surrogate pair', {
      channel,
    });
  }
  if (typeof type !== 'string') {
    throw new RingcastError('INVALID_TYPE', `an event's type is a string, not ${typeof type}`, {
      channel,
    });
  }
  if (!isWellFormed(type)) {
    throw new RingcastError('INVALID_TYPE', 'the event type has half of a surrogate pair', {
      channel,
    });
  }
  return { channel, type, data: toData(data, channel) };
}

module.exports = { isWellFormed, makeEvent };
