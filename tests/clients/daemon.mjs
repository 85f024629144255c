// A daemon of one shard on UNIX sockets in a directory of its own: no port that another test could
// want, and a restart listens where the last one did.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';

// What makes a run short. Clients are told to come back after `retry`.
const USUAL = ['--heartbeat', '1s', '--retry', '300ms', '--drain-timeout', '500ms'];

export class Daemon {
  static async start(binary, ...options) {
    const daemon = new Daemon();
    daemon.binary = binary;
    daemon.directory = await mkdtemp(path.join(os.tmpdir(), 'ringcast-clients-'));
    daemon.socket = path.join(daemon.directory, 'http.sock');
    daemon.publishSocket = path.join(daemon.directory, 'publish.sock');
    await daemon.run(...options);
    return daemon;
  }

  // Starts the process, and returns when it takes publishers.
  async run(...options) {
    this.log = '';
    const files = ['--listen', `unix:${this.socket}`, '--publish-socket', this.publishSocket];
    const admin = ['--admin', `unix:${path.join(this.directory, 'admin.sock')}`];
    const pages = ['--allow-origin', '*', '--shards', '1'];
    this.process = spawn(this.binary, ['serve', ...files, ...admin, ...pages, ...USUAL, ...options], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.ended = once(this.process, 'exit');
    this.process.stderr.on('data', (bytes) => (this.log += bytes));
    const deadline = Date.now() + 30_000;
    for (;;) {
      try {
        await this.ask('GET', '/channels/none');
        return;
      } catch (error) {
        if (this.process.exitCode !== null || Date.now() > deadline) {
          throw new Error(`the daemon did not start: ${error.message}\n${this.log}`);
        }
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  }

  // SIGKILL: nobody is told anything. SIGTERM: a drain.
  async stop(signal) {
    this.process.kill(signal);
    await this.ended;
  }

  async end() {
    if (this.process.exitCode === null && this.process.signalCode === null) await this.stop('SIGKILL');
    await rm(this.directory, { recursive: true, force: true });
  }

  // On the publish socket.
  ask(method, target, body) {
    return new Promise((resolve, reject) => {
      const request = http.request(
        { socketPath: this.publishSocket, method, path: target },
        (response) => {
          let text = '';
          response.setEncoding('utf8');
          response.on('data', (piece) => (text += piece));
          response.on('end', () => resolve({ status: response.statusCode, text }));
          response.on('error', reject);
        },
      );
      request.on('error', reject);
      request.end(body);
    });
  }

  async publish(channel, data, type) {
    const query = type ? `?event=${encodeURIComponent(type)}` : '';
    const answer = await this.ask('POST', `/publish/${channel}${query}`, data);
    if (answer.status !== 200) throw new Error(`publish: ${answer.status} ${answer.text}`);
    return JSON.parse(answer.text).id;
  }

  async subscribers(channel) {
    const answer = await this.ask('GET', `/channels/${channel}`);
    return answer.status === 200 ? JSON.parse(answer.text).subscribers : 0;
  }
}
