// An example as a newcomer starts it, with a browser's page open on it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import { chromium } from 'playwright-core';

// Below the ports that the kernel gives away by itself, so that nobody takes it in between.
async function freePort() {
  for (;;) {
    const port = 15_000 + Math.floor(Math.random() * 15_000);
    const server = net.createServer();
    const taken = await new Promise((resolve) => {
      server.once('error', () => resolve(true));
      server.listen(port, '127.0.0.1', () => resolve(false));
    });
    if (taken) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}

export class Example {
  // `environment`: what the example is told beside its ports.
  static async start(name, environment = {}) {
    const example = new Example();
    const port = await freePort();
    const streams = await freePort();
    example.log = '';
    example.process = spawn(process.env.EXAMPLES_RUN, [name], {
      env: { ...process.env, PORT: String(port), RINGCAST_PORT: String(streams), ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const output of [example.process.stdout, example.process.stderr]) {
      output.on('data', (bytes) => (example.log += bytes));
    }
    example.ended = once(example.process, 'exit');
    example.url = `http://localhost:${port}`;
    example.streams = `http://localhost:${streams}`;
    await example.#answers(`${example.url}/`);
    await example.#answers(`${example.streams}/health`);
    example.browser = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-proxy-server'],
    });
    example.problems = [];
    example.page = await example.open();
    return example;
  }

  // A page of a visitor of their own, with own cookies.
  async open() {
    const context = await this.browser.newContext();
    const page = await context.newPage();
    page.setDefaultTimeout(30_000);
    page.on('pageerror', (error) => this.problems.push(String(error)));
    await page.goto(this.url);
    return page;
  }

  async post(path, body) {
    const answer = await fetch(this.url + path, { method: 'POST', body: JSON.stringify(body) });
    return { status: answer.status, body: await answer.json() };
  }

  async #answers(url) {
    for (const deadline = Date.now() + 60_000; ; await sleep(50)) {
      try {
        return void (await fetch(url));
      } catch (error) {
        assert.equal(this.process.exitCode, null, this.log);
        if (Date.now() > deadline) throw new Error(`${url}: ${error.message}\n${this.log}`);
      }
    }
  }

  async end() {
    await this.browser?.close();
    this.process.kill('SIGTERM');
    const [code] = await this.ended;
    assert.equal(code, 0, this.log);
    assert.deepEqual(this.problems, []);
  }
}

// Waits until the page shows a text in an element.
export function shows(page, selector, text) {
  return page.locator(selector).filter({ hasText: text }).first().waitFor();
}
