// The usual way: responses in a Set for each job, a loop over them, a ping, clean-up by hand, and the events of
// each job kept for who comes back.
import { fileURLToPath } from 'node:url';

import express from 'express';

import { startJob } from './jobs.mjs';

const jobs = new Map(); // id: { clients, events }
const of = (id) => jobs.get(id) ?? jobs.set(id, { clients: new Set(), events: [] }).get(id);

function tell(id, event, data) {
  const { clients, events } = of(id);
  const block = `id: ${events.length + 1}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
  events.push(block);
  for (const client of clients) client.write(block);
}

const page = fileURLToPath(new URL('index.html', import.meta.url));
const app = express();
app.post('/api/jobs', (request, response) => {
  const id = startJob(tell);
  response.json({ id, stream: `/api/jobs/${id}/stream` });
});
app.get('/api/jobs/:id/stream', (request, response) => {
  const { clients, events } = of(request.params.id);
  response.writeHead(200, {
    'Content-Type': 'text/event-stream',
    'Cache-Control': 'no-cache, no-transform',
    'X-Accel-Buffering': 'no',
  });
  const seen = Number(request.get('Last-Event-ID') ?? request.query.lastEventId ?? 0) || 0;
  for (const block of events.slice(seen)) response.write(block);
  clients.add(response);
  const ping = setInterval(() => response.write(':\n\n'), 30_000);
  request.on('close', () => {
    clearInterval(ping);
    clients.delete(response);
  });
});
app.get('/', (request, response) => response.sendFile(page));
app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
  console.log(`open http://localhost:${process.env.PORT ?? 3000}/`);
});
