// The usual BullMQ application: a queue, a worker that tells its progress, a request that adds a job.
import { setTimeout as sleep } from 'node:timers/promises';

import { Queue, Worker } from 'bullmq';

import { folderOf, serve, streams } from '../shared/http.mjs';

const url = process.env.REDIS_URL ?? 'redis://127.0.0.1:6379';
const connection = url.startsWith('unix:') ? { path: url.slice('unix:'.length) } : { url };
const reports = new Queue('reports', { connection });

new Worker(
  'reports',
  async (job) => {
    for (let percent = 20; percent <= 100; percent += 20) {
      await sleep(Number(process.env.STEP_MS ?? 400));
      await job.updateProgress(percent);
    }
    return { pages: job.data.pages };
  },
  { connection: { ...connection, maxRetriesPerRequest: null } },
);

serve(folderOf(import.meta.url), {
  'POST /api/jobs': async () => {
    const job = await reports.add('report', { pages: 12 });
    return { id: job.id, stream: `${streams}/api/jobs/${job.id}/stream` };
  },
});
