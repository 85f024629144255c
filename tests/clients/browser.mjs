// Chromium without a window; each stream has a page of its own, with the libraries that are written for
// browsers.
import { createReadStream } from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';
import { once } from 'node:events';

import { chromium } from 'playwright-core';

import { TYPES } from './clients.mjs';

const require = createRequire(import.meta.url);
const folderOf = (name, file) => path.dirname(require.resolve(`${name}/${file}`));
const LIBRARIES = {
  '/fetch-event-source/': folderOf('@microsoft/fetch-event-source', 'lib/esm/index.js'),
  '/event-source-polyfill/': folderOf('event-source-polyfill', 'src/eventsource.js'),
};

const PAGE = `<!doctype html><meta charset="utf-8"><title>Clients</title>
<script src="/event-source-polyfill/eventsource.js"></script>
<script type="module">
  import { fetchEventSource } from '/fetch-event-source/index.js';
  const standard = (Source) => (url, types) => {
    const source = new Source(url);
    for (const type of types) {
      source.addEventListener(type, (event) => tell(type, event.data, event.lastEventId));
    }
    source.addEventListener('error', () => tellError());
  };
  window.clients = {
    EventSource: standard(EventSource),
    EventSourcePolyfill: standard(window.EventSourcePolyfill),
    fetchEventSource: (url) => {
      fetchEventSource(url, {
        openWhenHidden: true,
        onmessage: ({ event, data, id }) => tell(event || 'message', data, id),
        onclose: () => tellError(),
        onerror: () => void tellError(),
      }).catch(() => tellError());
    },
  };
</script>`;

export class Browser {
  static async open() {
    const browser = new Browser();
    browser.server = http.createServer((request, response) => browser.#serve(request, response));
    browser.server.listen(0, '127.0.0.1');
    await once(browser.server, 'listening');
    browser.origin = `http://127.0.0.1:${browser.server.address().port}`;
    browser.chromium = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-proxy-server'],
    });
    return browser;
  }

  follower(client) {
    return async (url, follower) => {
      const context = await this.chromium.newContext();
      const page = await context.newPage();
      await page.exposeFunction('tell', (type, data, id) => follower.note(type, data, id));
      await page.exposeFunction('tellError', () => follower.noteError());
      await page.goto(this.origin);
      await page.waitForFunction(() => window.clients !== undefined);
      await page.evaluate(([name, at, types]) => void window.clients[name](at, types), [client, url, TYPES]);
      return () => context.close();
    };
  }

  #serve(request, response) {
    const found = Object.entries(LIBRARIES).find(([prefix]) => request.url.startsWith(prefix));
    if (found) {
      // Written for bundlers, the modules name one another without an ending.
      const name = path.basename(request.url).replace(/(\.js)?$/, '.js');
      response.setHeader('Content-Type', 'text/javascript');
      createReadStream(path.join(found[1], name)).on('error', () => response.writeHead(404).end()).pipe(response);
    } else if (request.url === '/') {
      response.setHeader('Content-Type', 'text/html');
      response.end(PAGE);
    } else {
      response.writeHead(404).end();
    }
  }

  async end() {
    await this.chromium.close();
    this.server.closeAllConnections();
    this.server.close();
  }
}
