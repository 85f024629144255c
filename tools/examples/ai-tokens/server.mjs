// Streams a model's tokens to whoever asked. The request that starts an answer ends at once; the tokens go
// their own way, and survive a reload of the page.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import readline from 'node:readline';

import { HttpPublisher, Publisher } from '../../node/index.js';
import { folderOf, HttpError, serve, socket, streams } from '../shared/http.mjs';

const folder = folderOf(import.meta.url);
const ringcast = new Publisher({ socket });
const channels = new HttpPublisher({ socketPath: socket });

async function answer(id, prompt) {
  const model = spawn(process.execPath, [`${folder}/model.mjs`, prompt], { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const line of readline.createInterface({ input: model.stdout })) {
    await ringcast.publish(`chat:${id}`, JSON.parse(line), { event: 'token' });
  }
  // Whoever is late may still read the answer for a minute; then the channel ends.
  await ringcast.publish(`chat:${id}`, '', { event: 'done' });
  setTimeout(() => channels.channel(`chat:${id}`).end().catch(console.error), 60_000).unref();
}

serve(folder, {
  'POST /api/chat': async ({ body }) => {
    if (typeof body.prompt !== 'string') throw new HttpError(400, 'prompt is missing');
    const id = randomUUID();
    await channels.channel(`chat:${id}`).create();
    answer(id, body.prompt).catch(console.error);
    return { stream: `${streams}/api/chat/${id}/stream` };
  },
});
