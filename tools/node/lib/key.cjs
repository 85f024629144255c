// Idempotency keys: events with the same key on the same channel are published once.
'use strict';

const { randomBytes } = require('node:crypto');

const { RingcastError } = require('./ringcast_error.cjs');

const KEY = /^[\x21-\x7e]{1,128}$/;

/** @param {unknown} key */
function checkKey(key) {
  if (typeof key === 'string' && KEY.test(key)) return key;
  throw new RingcastError('INVALID_KEY', 'an idempotency key is 1 to 128 visible ASCII characters');
}

/** Gives keys that nobody else has. */
class KeyMaker {
  #prefix = randomBytes(15).toString('base64url');
  #count = 0;

  next() {
    this.#count += 1;
    return `${this.#prefix}.${this.#count}`;
  }
}

module.exports = { KeyMaker, checkKey };
