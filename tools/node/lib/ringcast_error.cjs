// Why an event was not published, or an answer not got.
//
// `code` is for programs and stays as it is; `message` is for people. README.md lists the codes.
'use strict';

/**
 * @typedef {object} ErrorFacts
 * @property {string} [channel] the event's or request's channel
 * @property {string} [reason] what the server said
 * @property {number} [status] of an HTTP answer
 * @property {unknown} [cause] what made it happen
 */

class RingcastError extends Error {
  /**
   * @param {string} code
   * @param {string} message
   * @param {ErrorFacts} [facts]
   */
  constructor(code, message, { channel, reason, status, cause } = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.channel = channel;
    this.reason = reason;
    this.status = status;
  }

  get name() {
    return 'RingcastError';
  }
}

module.exports = { RingcastError };
