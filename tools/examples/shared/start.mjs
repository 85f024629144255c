// Runs an example's two processes side by side, until one ends or Ctrl-C comes: the daemon with the
// example's ringcast.toml, and its server.mjs, or what SERVER names in its place.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

const folder = process.argv[2];
const port = process.env.PORT ?? '3000';
const streams = process.env.RINGCAST_PORT ?? '8080';
const directory = await mkdtemp(path.join(os.tmpdir(), 'ringcast-example-'));
const socket = path.join(directory, 'publish.sock');

// What an example needs beside the two: secrets, a database.
const preparing = path.join(folder, 'prepare.mjs');
const prepared = existsSync(preparing) ? await (await import(preparing)).default(directory) : {};
const configuration = prepared.configuration ?? path.join(folder, 'ringcast.toml');
const environment = {
  ...process.env,
  PORT: port,
  RINGCAST_URL: `http://localhost:${streams}`,
  RINGCAST_SOCKET: socket,
  ...prepared.environment,
};

const flags = ['--listen', `127.0.0.1:${streams}`, '--publish-socket', socket];
flags.push('--admin', `unix:${path.join(directory, 'admin.sock')}`, '--allow-origin', `http://localhost:${port}`);
if (existsSync(configuration)) flags.push('--config', configuration);
flags.push(...(environment.RINGCAST_FLAGS ?? '').split(' ').filter(Boolean));

const children = [
  ...(prepared.children ?? []),
  spawn(process.env.RINGCAST_BINARY, ['serve', ...flags], { stdio: 'inherit', env: environment }),
  spawn(process.execPath, [path.join(folder, process.env.SERVER ?? 'server.mjs')], { stdio: 'inherit', env: environment }),
];
let ending = false;
async function end(code) {
  if (ending) return;
  ending = true;
  await Promise.all(
    children.map((child) => {
      if (child.exitCode !== null || child.signalCode !== null) return undefined;
      child.kill('SIGTERM');
      return new Promise((resolve) => child.once('exit', resolve));
    }),
  );
  await rm(directory, { recursive: true, force: true });
  process.exit(code);
}
for (const child of children) child.once('exit', (code) => void end(code ?? 1));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => void end(0));
