// What both servers do: a job that takes a while and tells how far it is.
import { setTimeout as sleep } from 'node:timers/promises';

let last = 0;

// `tell(job, event, data)` is all that they differ in.
export function startJob(tell) {
  const id = String((last += 1));
  const work = async () => {
    for (let percent = 25; percent <= 100; percent += 25) {
      await sleep(Number(process.env.STEP_MS ?? 400));
      await tell(id, 'progress', { percent });
    }
    await tell(id, 'completed', { pages: 12 });
  };
  work().catch(console.error);
  return id;
}
