// A queue and its worker, as an application has them: node jobs.mjs SOCKET QUEUE. Each job tells its
// progress twice; the one with id "bad" fails. Prints "done" when all have ended.
import { Queue, QueueEvents, Worker } from "bullmq";

const [socket, name] = process.argv.slice(2);
const connection = { path: socket, maxRetriesPerRequest: null };
const jobs = ["p1", "p2", "bad"];

const ended = new QueueEvents(name, { connection });
await ended.waitUntilReady();
const worker = new Worker(
  name,
  async (job) => {
    await job.updateProgress({ percent: 50 });
    await job.updateProgress({ percent: 100 });
    if (job.id === "bad") throw new Error("out of paper");
    return { pages: Number(job.id.slice(1)) };
  },
  { connection },
);
const queue = new Queue(name, { connection });
let left = jobs.length;
const all = new Promise((resolve) => {
  const count = () => --left === 0 && resolve();
  ended.on("completed", count);
  ended.on("failed", count);
});
for (const jobId of jobs) await queue.add("print", { copies: 1 }, { jobId });
await all;
console.log("done");
await Promise.all([worker.close(), queue.close(), ended.close()]);
