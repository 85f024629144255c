// A subscriber as a browser is one: reads a stream, comes back when it ends, and resumes.
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

import { eventually } from './daemon.mjs';

// Milliseconds between the end of a connection and the next.
const RETRY = 50;

function parseBlock(block) {
  const event = { type: 'message', data: undefined, id: undefined };
  for (const line of block.split('\n')) {
    const colon = line.indexOf(':');
    if (colon <= 0) continue;
    const value = line.slice(colon + 1).replace(/^ /, '');
    const field = line.slice(0, colon);
    if (field === 'event') event.type = value;
    else if (field === 'id') event.id = value;
    else if (field === 'data')
      event.data = event.data === undefined ? value : `${event.data}\n${value}`;
  }
  return event;
}

export class Stream {
  // Returns when the server has said `connected`.
  static async open(test, daemon, channel) {
    const stream = new Stream();
    stream.socketPath = daemon.httpSocket;
    stream.path = `/events/${channel}`;
    stream.events = []; // all but `connected`, gaps among them
    stream.lastId = undefined;
    stream.connections = 0;
    stream.ended = false;
    test.after(() => stream.end());
    stream.#follow();
    await eventually('the stream has started', () => stream.connections > 0);
    return stream;
  }

  end() {
    this.ended = true;
    this.request?.destroy();
  }

  // The first `count` events, once they are there.
  async first(count) {
    await eventually(`${count} events have come`, () => this.events.length >= count);
    return this.events.slice(0, count);
  }

  async #follow() {
    while (!this.ended) {
      await this.#readOnce().catch(() => {});
      if (!this.ended) await sleep(RETRY);
    }
  }

  #readOnce() {
    return new Promise((resolve, reject) => {
      const headers = this.lastId === undefined ? {} : { 'Last-Event-ID': this.lastId };
      const { socketPath, path } = this;
      this.request = http.get({ socketPath, path, headers, agent: false }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (piece) => {
          const blocks = (text + piece).split('\n\n');
          text = blocks.pop();
          blocks.forEach((block) => this.#take(parseBlock(block)));
        });
        response.on('end', resolve);
        response.on('error', reject);
        response.on('close', resolve);
      });
      this.request.on('error', reject);
    });
  }

  #take(event) {
    if (event.data === undefined) return;
    if (event.id !== undefined) this.lastId = event.id;
    if (event.type === 'connected') this.connections += 1;
    else this.events.push(event);
  }
}
