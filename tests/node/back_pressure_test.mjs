// What a publisher holds when the server does not read.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { Publisher } from '../../tools/node/index.js';
import { Daemon } from './daemon.mjs';

const DATA = 'x'.repeat(1000);
const FRAME = 16 + 1 + DATA.length;

async function startStopped(t, options) {
  const daemon = await Daemon.start(t);
  const publisher = new Publisher({ socket: daemon.publishSocket, ...options });
  t.after(() => publisher.destroy());
  await publisher.connect();
  daemon.signal('SIGSTOP');
  return { daemon, publisher };
}

test('ready() waits, and resolves when the server reads again', async (t) => {
  const windowBytes = 100_000;
  const { daemon, publisher } = await startStopped(t, { windowBytes });
  const published = [];
  let stuck = false;
  const publishing = (async () => {
    for (let i = 0; i < 5000; i += 1) {
      await publisher.ready();
      published.push(publisher.publish('a', DATA));
      assert.ok(publisher.unansweredBytes < windowBytes + FRAME);
    }
  })();
  await Promise.race([publishing, sleep(300).then(() => (stuck = true))]);
  assert.ok(stuck);
  const held = published.length;
  assert.equal(held, Math.ceil(windowBytes / FRAME));
  await sleep(100);
  assert.equal(published.length, held, 'it still waits');
  daemon.signal('SIGCONT');
  await publishing;
  assert.equal((await Promise.all(published)).length, 5000);
});

test('who does not wait for ready() is told when there is too much', async (t) => {
  const maxQueueBytes = 1 << 20;
  const { daemon, publisher } = await startStopped(t, { maxQueueBytes });
  const settled = Array.from({ length: 3000 }, () =>
    publisher.publish('a', DATA).then(
      () => 'published',
      (error) => error.code,
    ),
  );
  assert.ok(publisher.unansweredBytes <= maxQueueBytes);
  const taken = publisher.unanswered;
  assert.equal(taken, Math.floor(maxQueueBytes / FRAME));
  daemon.signal('SIGCONT');
  const results = await Promise.all(settled);
  assert.deepEqual(
    results,
    results.map((_, i) => (i < taken ? 'published' : 'QUEUE_FULL')),
  );
  assert.equal((await daemon.stats()).events.published, taken);
  await publisher.publish('a', DATA);
});

test('one event may be larger than the window and the queue', async (t) => {
  const daemon = await Daemon.start(t, '--max-event-size', '8MiB');
  const publisher = new Publisher({
    socket: daemon.publishSocket,
    windowBytes: 1000,
    maxQueueBytes: 2000,
  });
  t.after(() => publisher.destroy());
  const large = publisher.publish('a', 'x'.repeat(8 << 20));
  await assert.rejects(publisher.publish('a', 'y'), { code: 'QUEUE_FULL' });
  await large;
  await publisher.publish('a', 'y');
});

test('at most the window is written', async (t) => {
  const windowBytes = 50_000;
  const { daemon, publisher } = await startStopped(t, { windowBytes });
  const controller = new AbortController();
  const warning = t.mock.fn();
  process.on('warning', warning);
  t.after(() => process.off('warning', warning));
  const published = Array.from({ length: 200 }, () =>
    publisher.publish('a', DATA, { signal: controller.signal }),
  );
  const settled = Promise.allSettled(published);
  await sleep(50);
  // What was not written is let go of at once; what was waits for its answers.
  controller.abort();
  assert.equal(publisher.unansweredBytes, Math.floor(windowBytes / FRAME) * FRAME);
  await settled;
  daemon.signal('SIGCONT');
  await publisher.publish('a', 'last');
  const { events } = await daemon.stats();
  assert.equal(events.published, Math.floor(windowBytes / FRAME) + 1);
  assert.equal(publisher.unansweredBytes, 0);
  assert.equal(warning.mock.callCount(), 0, 'one listener is enough for a signal');
});
