// What can be done with a channel beside publishing to it: looking at it, creating it, ending it.
'use strict';

/** @type {Record<string, string>} */
const SETTINGS = {
  historyEvents: 'history-events',
  historyBytes: 'history-bytes',
  historyTtl: 'history-ttl',
  unusedTimeout: 'unused-timeout',
};
const TIMES = new Set(['historyTtl', 'unusedTimeout']);

/**
 * A channel's name as a path; slashes divide it as they do the name.
 * @param {string} name
 */
function channelPath(name) {
  return name.split('/').map(encodeURIComponent).join('/');
}

/**
 * The options of create() as the server reads them. A time that is a number is one of milliseconds.
 * @param {Record<string, unknown>} options
 */
function toSettings(options) {
  /** @type {Record<string, unknown>} */
  const settings = {};
  for (const [name, value] of Object.entries(options)) {
    if (name === 'signal' || value === undefined) continue;
    if (!(name in SETTINGS)) {
      throw new TypeError(
        `${name} is no setting of a channel; there are ${Object.keys(SETTINGS).join(', ')}`,
      );
    }
    settings[SETTINGS[name]] = TIMES.has(name) && typeof value === 'number' ? `${value}ms` : value;
  }
  return settings;
}

/** @typedef {{ status: number, answer: Record<string, any> }} ChannelAnswer */

class Channel {
  #request;

  /**
   * @param {string} name
   * @param {(request: import('./http_exchange.cjs').Request, signal?: AbortSignal) =>
   *   Promise<ChannelAnswer | null>} request null: the server knows no such channel
   */
  constructor(name, request) {
    this.name = name;
    this.#request = request;
  }

  get #path() {
    return `/channels/${channelPath(this.name)}`;
  }

  /**
   * @param {{ signal?: AbortSignal }} [options]
   * @returns {Promise<import('../index.cjs').ChannelInfo | null>} null: no such channel
   */
  async info({ signal } = {}) {
    const got = await this.#request({ method: 'GET', path: this.#path, headers: {} }, signal);
    return /** @type {import('../index.cjs').ChannelInfo | null} */ (got && got.answer);
  }

  /**
   * @param {import('../index.cjs').ChannelOptions} [options]
   * @returns {Promise<boolean>} false: it was there, and has these settings now
   */
  async create(options = {}) {
    const settings = toSettings({ ...options });
    const body = Object.keys(settings).length === 0 ? undefined : JSON.stringify(settings);
    const request = { method: 'PUT', path: this.#path, headers: {}, body };
    const got = await this.#request(request, options.signal);
    return got?.status === 201;
  }

  /**
   * Ends its streams for good.
   * @param {{ signal?: AbortSignal }} [options]
   * @returns {Promise<boolean>} false: there was no such channel
   */
  async end({ signal } = {}) {
    return (
      (await this.#request({ method: 'DELETE', path: this.#path, headers: {} }, signal)) !== null
    );
  }
}

module.exports = { Channel, channelPath };
