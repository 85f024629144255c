// A Redis of the example's own, unless REDIS_URL names one.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export default async function prepare(directory) {
  let url = process.env.REDIS_URL;
  let redis;
  if (!url) {
    const socket = path.join(directory, 'redis.sock');
    redis = spawn('redis-server', ['--port', '0', '--unixsocket', socket, '--save', '', '--dir', directory], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    redis.once('error', (error) => {
      console.error(`redis-server: ${error.message}; install it, or name a server in REDIS_URL`);
      process.exit(1);
    });
    while (!existsSync(socket)) await sleep(20);
    url = `unix:${socket}`;
  }
  const configuration = path.join(directory, 'ringcast.toml');
  const text = await readFile(new URL('ringcast.toml', import.meta.url), 'utf8');
  await writeFile(configuration, text.replace('redis://127.0.0.1:6379', url));
  return { environment: { REDIS_URL: url }, configuration, children: redis ? [redis] : [] };
}
