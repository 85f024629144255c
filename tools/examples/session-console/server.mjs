// A console: commands go in by POST, what they print comes out as events of the session.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import readline from 'node:readline';

import { HttpPublisher, Publisher } from '../../node/index.js';
import { folderOf, HttpError, serve, socket, streams } from '../shared/http.mjs';

// A console for everybody runs only what can do no harm.
const COMMANDS = { date: ['date'], uptime: ['cat', '/proc/uptime'], count: ['seq', '1', '20'], where: ['uname', '-sr'] };

const ringcast = new Publisher({ socket });
const channels = new HttpPublisher({ socketPath: socket });

async function run(session, command) {
  const [program, ...words] = COMMANDS[command];
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => child.once('close', resolve));
  for await (const line of readline.createInterface({ input: child.stdout })) {
    await ringcast.publish(session, line, { event: 'output' });
  }
  await ringcast.publish(session, { command, code: await ended }, { event: 'exit' });
}

serve(folderOf(import.meta.url), {
  'POST /api/session': async () => {
    const id = randomUUID();
    await channels.channel(`session:${id}`).create({ unusedTimeout: '10m' });
    return { id, events: `${streams}/api/session/${id}/events` };
  },
  'POST /api/session/{id}/command': async ({ id, body }) => {
    if (!Object.hasOwn(COMMANDS, body.command)) {
      throw new HttpError(400, `command: give one of ${Object.keys(COMMANDS).join(', ')}`);
    }
    await ringcast.publish(`session:${id}`, body.command, { event: 'command' });
    run(`session:${id}`, body.command).catch(console.error);
  },
  'DELETE /api/session/{id}': ({ id }) => channels.channel(`session:${id}`).end(),
});
