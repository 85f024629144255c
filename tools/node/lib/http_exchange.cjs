// One request and its answer, over TCP, TLS or a UNIX socket. Nothing is tried twice here.
'use strict';

const http = require('node:http');
const https = require('node:https');

// Bytes: above what the server answers to the largest batch.
const MAX_ANSWER = 64 * 1024 * 1024;
// Failures before anything of the request can have been read by the server.
const UNSENT = new Set([
  'ECONNREFUSED',
  'ENOENT',
  'EACCES',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/**
 * Where requests go.
 * @typedef {object} Target
 * @property {boolean} tls
 * @property {http.Agent} agent
 * @property {string} [socketPath]
 * @property {string} [host]
 * @property {number} [port]
 * @property {string} prefix of every path
 * @property {string} name for messages
 */

/**
 * @typedef {object} Request
 * @property {string} method
 * @property {string} path
 * @property {Record<string, string>} headers
 * @property {string | Buffer} [body]
 */

/** @typedef {{ status: number, body: string }} HttpAnswer */

/**
 * @param {string | undefined} url
 * @param {string | undefined} socketPath
 * @param {number} connections
 * @returns {Target}
 */
function makeTarget(url, socketPath, connections) {
  const agentOptions = { keepAlive: true, maxSockets: connections };
  if (url === undefined) {
    const agent = new http.Agent(agentOptions);
    return { tls: false, agent, socketPath, prefix: '', name: String(socketPath) };
  }
  const parsed = new URL(url);
  const tls = parsed.protocol === 'https:';
  if (!tls && parsed.protocol !== 'http:') {
    throw new RangeError(`${url}: the option url starts with http:// or https://`);
  }
  if (parsed.search || parsed.hash || parsed.username || parsed.password) {
    throw new RangeError(
      `${parsed.origin}: the option url has no query, fragment or user; give a token as \`token\``,
    );
  }
  return {
    tls,
    agent: tls ? new https.Agent(agentOptions) : new http.Agent(agentOptions),
    host: parsed.hostname.replace(/^\[|\]$/g, ''),
    port: parsed.port === '' ? (tls ? 443 : 80) : Number(parsed.port),
    prefix: parsed.pathname.replace(/\/+$/, ''),
    name: parsed.origin,
  };
}

/**
 * Rejects when there is no answer; the error's `unsent` tells that the server cannot have read it.
 * @param {Target} target
 * @param {Request} request
 * @param {number} timeout milliseconds
 * @param {AbortSignal} [signal]
 * @returns {Promise<HttpAnswer>}
 */
function exchange(target, { method, path, headers, body }, timeout, signal) {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? undefined : Buffer.byteLength(body);
    const request = (target.tls ? https : http).request({
      agent: target.agent,
      socketPath: target.socketPath,
      host: target.host,
      port: target.port,
      method,
      path: target.prefix + path,
      headers: length === undefined ? headers : { ...headers, 'Content-Length': String(length) },
      signal,
    });
    const timer = setTimeout(() => {
      request.destroy(new Error(`${target.name} gave no answer within ${timeout} ms`));
    }, timeout);
    /** @param {Error & { code?: string, unsent?: boolean }} error */
    const fail = (error) => {
      clearTimeout(timer);
      error.unsent = UNSENT.has(error.code ?? '');
      reject(error);
    };
    request.on('error', fail);
    request.on('response', (response) => {
      /** @type {Buffer[]} */
      const parts = [];
      let size = 0;
      response.on('data', (/** @type {Buffer} */ part) => {
        size += part.length;
        if (size > MAX_ANSWER) request.destroy(new Error(`${target.name} answers without end`));
        else parts.push(part);
      });
      response.on('error', fail);
      response.on('end', () => {
        clearTimeout(timer);
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(parts).toString() });
      });
    });
    request.end(body);
  });
}

module.exports = { exchange, makeTarget };
