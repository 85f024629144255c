// With Ringcast: the application starts jobs and says what happens. Streams, pings, clean-up and what was missed
// are no concern of its own, and as many instances of it as you like may publish.
import { fileURLToPath } from 'node:url';

import express from 'express';

import { Publisher } from '../../node/index.js';
import { socket, streams } from '../shared/http.mjs';
import { startJob } from './jobs.mjs';

const ringcast = new Publisher({ socket });
const tell = (id, event, data) => ringcast.publish(`job:${id}`, data, { event });

const page = fileURLToPath(new URL('index.html', import.meta.url));
const app = express();
app.post('/api/jobs', (request, response) => {
  const id = startJob(tell);
  response.json({ id, stream: `${streams}/api/jobs/${id}/stream` });
});
app.get('/', (request, response) => response.sendFile(page));
app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
  console.log(`open http://localhost:${process.env.PORT ?? 3000}/`);
});
