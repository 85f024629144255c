// A publisher over HTTP: for other hosts, where a token says who may, and for what the binary
// protocol has not, channels that are created and ended.
//
// A request that fails on the way is sent again, with the same idempotency key, so that the server
// publishes it once. Requests that are under way together may be published in any order.
'use strict';

const { performance } = require('node:perf_hooks');
const { setTimeout: sleep } = require('node:timers/promises');

const { BackOff } = require('./back_off.cjs');
const { Channel, channelPath } = require('./channel.cjs');
const { isWellFormed, makeEvent } = require('./event.cjs');
const { exchange, makeTarget } = require('./http_exchange.cjs');
const { KeyMaker, checkKey } = require('./key.cjs');
const { requirePositive } = require('./options.cjs');
const { RingcastError } = require('./ringcast_error.cjs');
const { findPublishSocket } = require('./socket_path.cjs');

// Of one NDJSON request, well below what a server takes: 16 MiB and 100,000 lines by default.
const BATCH_BYTES = 1024 * 1024;
const BATCH_LINES = 5_000;
// What proxies and a server that starts or stops answer: it may be otherwise a moment later.
const PASSING_STATUS = new Set([408, 429, 502, 503, 504]);

/** @type {Record<number, string>} */
const STATUS_CODES = {
  401: 'UNAUTHORIZED',
  403: 'FORBIDDEN',
  404: 'UNKNOWN_CHANNEL',
  413: 'TOO_LARGE',
  422: 'KEY_REUSED',
  503: 'UNAVAILABLE',
};

/** @typedef {import('./http_exchange.cjs').HttpAnswer} HttpAnswer */
/** @typedef {import('./http_exchange.cjs').Request} Request */

/**
 * @param {string} text
 * @returns {Record<string, any>}
 */
function parseAnswer(text) {
  try {
    const answer = JSON.parse(text);
    if (answer !== null && typeof answer === 'object') return answer;
  } catch {
    // Told below, with what there was.
  }
  throw new RingcastError('PROTOCOL', `no answer of a Ringcast server: ${text.slice(0, 200)}`);
}

/**
 * @param {HttpAnswer} answer
 * @param {string} [channel]
 */
function refusal({ status, body }, channel) {
  let reason;
  try {
    reason = String(JSON.parse(body).error);
  } catch {
    reason = body.slice(0, 200) || 'no reason given';
  }
  const code = STATUS_CODES[status] ?? 'REFUSED';
  return new RingcastError(code, `${reason} (HTTP ${status})`, { channel, reason, status });
}

class HttpPublisher {
  #target;
  #token;
  #timeout;
  #attemptTimeout;
  #idempotency;
  #keys = new KeyMaker();

  /** @param {import('../index.cjs').HttpPublisherOptions} [options] */
  constructor({
    url,
    socketPath = url === undefined ? findPublishSocket() : undefined,
    token,
    timeout = 30_000,
    attemptTimeout = 10_000,
    connections = 4,
    idempotency = true,
  } = {}) {
    if (url !== undefined && socketPath !== undefined) {
      throw new RangeError('the options url and socketPath exclude one another');
    }
    this.#target = makeTarget(url, socketPath, requirePositive('connections', connections));
    this.#token = token;
    this.#timeout = requirePositive('timeout', timeout);
    this.#attemptTimeout = requirePositive('attemptTimeout', attemptTimeout);
    this.#idempotency = idempotency;
  }

  /**
   * @param {string} channel
   * @param {unknown} data
   * @param {import('../index.cjs').PublishOptions} [options]
   * @returns {Promise<string>} the event's id
   */
  async publish(channel, data, { event, key, signal } = {}) {
    const made = makeEvent(channel, data, event);
    const query = made.type === '' ? '' : `?event=${encodeURIComponent(made.type)}`;
    /** @type {Record<string, string>} */
    const headers = {};
    if (key !== undefined || this.#idempotency) {
      headers['Idempotency-Key'] = key === undefined ? this.#keys.next() : checkKey(key);
    }
    const path = `/publish/${channelPath(channel)}${query}`;
    const request = { method: 'POST', path, headers, body: made.data };
    const answer = await this.#send(request, 'Idempotency-Key' in headers, channel, signal);
    if (answer.status !== 200) throw refusal(answer, channel);
    return parseAnswer(answer.body).id;
  }

  /**
   * Publishes them in this order, a large part in each request. What becomes of each is told in its
   * place; rejects when the server cannot be reached, and then a part may have been published.
   * @param {Iterable<import('../index.cjs').OutgoingEvent>} events
   * @param {{ signal?: AbortSignal }} [options]
   * @returns {Promise<import('../index.cjs').PublishResult[]>}
   */
  async publishMany(events, { signal } = {}) {
    /** @type {import('../index.cjs').PublishResult[]} */
    const results = [];
    /** @type {{ index: number, channel: string }[]} */
    let places = [];
    let body = '';
    const flush = async () => {
      if (places.length === 0) return;
      const request = { method: 'POST', path: '/publish', headers: {}, body };
      const answer = await this.#send(request, this.#idempotency, undefined, signal);
      if (answer.status !== 200) throw refusal(answer);
      const lines = answer.body.trimEnd().split('\n');
      if (lines.length !== places.length) {
        throw new RingcastError('PROTOCOL', `${lines.length} answers to ${places.length} events`);
      }
      places.forEach(({ index, channel }, i) => {
        results[index] = this.#result(parseAnswer(lines[i]), channel);
      });
      places = [];
      body = '';
    };
    let index = 0;
    for (const event of events) {
      try {
        body += this.#line(event);
        places.push({ index, channel: event.channel });
      } catch (error) {
        if (!(error instanceof RingcastError)) throw error;
        results[index] = { error };
      }
      index += 1;
      if (body.length >= BATCH_BYTES || places.length >= BATCH_LINES) await flush();
    }
    await flush();
    return results;
  }

  /** @param {string} name */
  channel(name) {
    return new Channel(name, async (request, signal) => {
      const answer = await this.#send(request, true, name, signal);
      if (answer.status === 404) return null;
      if (answer.status !== 200 && answer.status !== 201) throw refusal(answer, name);
      return { status: answer.status, answer: parseAnswer(answer.body) };
    });
  }

  /** Closes the connections that are kept for later requests. */
  close() {
    this.#target.agent.destroy();
  }

  /** @param {import('../index.cjs').OutgoingEvent} event */
  #line({ channel, data, event: type, key }) {
    const made = makeEvent(channel, data, type);
    let text = made.data;
    if (typeof text !== 'string') {
      text = made.data.toString();
      if (!Buffer.from(text).equals(/** @type {Buffer} */ (made.data))) {
        throw new RingcastError('INVALID_DATA', 'the data is not UTF-8', { channel });
      }
    }
    /** @type {Record<string, string>} */
    const line = { channel, data: text };
    if (made.type !== '') line.event = made.type;
    if (key !== undefined) line.key = checkKey(key);
    else if (this.#idempotency) line.key = this.#keys.next();
    return `${JSON.stringify(line)}\n`;
  }

  /**
   * @param {Record<string, any>} answer
   * @param {string} channel
   * @returns {import('../index.cjs').PublishResult}
   */
  #result({ id, subscribers, duplicate, error }, channel) {
    if (error === undefined) return duplicate ? { id, duplicate } : { id, subscribers };
    const reason = String(error);
    return { error: new RingcastError('REFUSED', reason, { channel, reason }) };
  }

  /**
   * @param {Request} request
   * @param {boolean} repeatable whether it may be sent again though the server may have read it
   * @param {string} [channel]
   * @param {AbortSignal} [signal]
   * @returns {Promise<HttpAnswer>}
   */
  async #send(request, repeatable, channel, signal) {
    const end = performance.now() + this.#timeout;
    const backOff = new BackOff(50, 2_000);
    let renewed = false;
    for (;;) {
      signal?.throwIfAborted();
      let cause;
      let error;
      try {
        const left = Math.max(1, Math.min(this.#attemptTimeout, end - performance.now()));
        const answer = await exchange(this.#target, await this.#authorized(request), left, signal);
        if (answer.status === 401 && typeof this.#token === 'function' && !renewed) {
          renewed = true; // it may have run out since it was asked for
          continue;
        }
        // A proxy that says 502 or 504 may have passed it on.
        const surely = answer.status !== 502 && answer.status !== 504;
        if (!PASSING_STATUS.has(answer.status) || !(repeatable || surely)) return answer;
        error = refusal(answer, channel);
      } catch (failure) {
        if (signal?.aborted) throw signal.reason;
        cause = /** @type {Error & { unsent?: boolean }} */ (failure);
        if (cause.unsent === undefined) throw failure; // not of the exchange
        error = new RingcastError('DISCONNECTED', cause.message, { channel, cause });
        if (!repeatable && !cause.unsent) throw error;
      }
      const wait = backOff.next();
      if (performance.now() + wait >= end) {
        if (!cause) throw error;
        const message = `no answer within ${this.#timeout} ms: ${error.message}`;
        throw new RingcastError('TIMEOUT', message, { channel, cause });
      }
      await sleep(wait, undefined, { signal }).catch(() => signal?.throwIfAborted());
    }
  }

  /** @param {Request} request */
  async #authorized(request) {
    const token = typeof this.#token === 'function' ? await this.#token() : this.#token;
    if (token === undefined) return request;
    if (!isWellFormed(token) || !/^[\x21-\x7e]+$/.test(token)) {
      throw new RingcastError('UNAUTHORIZED', 'the token has characters that no token has');
    }
    return { ...request, headers: { ...request.headers, Authorization: `Bearer ${token}` } };
  }
}

module.exports = { HttpPublisher };
