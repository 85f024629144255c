// A daemon on UNIX sockets in a directory of its own: no port that another test could want, and
// after a restart it listens where it did before.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

// Milliseconds for what should happen at once, on a machine that may be busy.
export const PATIENCE = 60_000;

// Looks again and again, and gives the first answer that counts as true.
export async function eventually(what, isSo) {
  const end = Date.now() + PATIENCE;
  for (;;) {
    const answer = await isSo();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`not within ${PATIENCE} ms: ${what}`);
    await sleep(10);
  }
}

export class Daemon {
  // Ended with the test that it is for.
  static async start(test, ...options) {
    const daemon = new Daemon();
    daemon.directory = await mkdtemp(path.join(os.tmpdir(), 'ringcast-node-'));
    daemon.options = options;
    test.after(() => daemon.end());
    await daemon.run();
    return daemon;
  }

  get publishSocket() {
    return path.join(this.directory, 'publish.sock');
  }

  get httpSocket() {
    return path.join(this.directory, 'http.sock');
  }

  get adminSocket() {
    return path.join(this.directory, 'admin.sock');
  }

  // What the next run reads.
  async configure(text) {
    const file = path.join(this.directory, 'ringcast.toml');
    await writeFile(file, text);
    this.options.push('--config', file);
  }

  // Starts the process, and returns when it is ready.
  async run() {
    const arguments_ = ['serve', '--listen', `unix:${this.httpSocket}`];
    arguments_.push('--publish-socket', this.publishSocket, '--admin', `unix:${this.adminSocket}`);
    arguments_.push('--shards', '2', ...this.options);
    this.process = spawn(process.env.RINGCAST_BINARY, arguments_, {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.exited = once(this.process, 'exit');
    let log = '';
    this.process.stderr.on('data', (bytes) => {
      log = (log + bytes).slice(-100_000);
    });
    await eventually('the daemon is ready', async () => {
      if (this.process.exitCode !== null) throw new Error(`the daemon has ended:\n${log}`);
      return (await this.ask(this.adminSocket, 'GET', '/readyz').catch(() => null))?.status === 200;
    });
  }

  async kill(signal = 'SIGKILL') {
    this.process.kill(signal);
    await this.exited;
  }

  // Returns when all of its threads stand still; SIGCONT by resume().
  async stop() {
    this.process.kill('SIGSTOP');
    const tasks = `/proc/${this.process.pid}/task`;
    await eventually('the daemon stands still', async () => {
      const stats = (await readdir(tasks)).map((task) => readFile(`${tasks}/${task}/stat`, 'utf8'));
      return (await Promise.all(stats)).every((stat) => / T /.test(stat));
    });
  }

  resume() {
    this.process.kill('SIGCONT');
  }

  async end() {
    if (this.process.exitCode === null && this.process.signalCode === null) await this.kill();
    await rm(this.directory, { recursive: true, force: true });
  }

  ask(socketPath, method, target, body) {
    return new Promise((resolve, reject) => {
      const request = http.request(
        { socketPath, method, path: target, agent: false },
        (response) => {
          let text = '';
          response.setEncoding('utf8');
          response.on('data', (piece) => {
            text += piece;
          });
          response.on('end', () => resolve({ status: response.statusCode, text }));
          response.on('error', reject);
        },
      );
      request.on('error', reject);
      request.end(body);
    });
  }

  async stats() {
    return JSON.parse((await this.ask(this.adminSocket, 'GET', '/stats.json')).text);
  }
}
