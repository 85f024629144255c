// Idempotency keys: an event is published once, however often it is sent.
import assert from 'node:assert/strict';
import net from 'node:net';
import path from 'node:path';
import { test } from 'node:test';

import { HttpPublisher, Publisher } from '../../tools/node/index.js';
import { Daemon } from './daemon.mjs';
import { Stream } from './stream.mjs';

// A way to the publish socket that breaks `cuts` times just before an answer would come back.
async function startCable(t, daemon, cuts) {
  const cable = { path: path.join(daemon.directory, 'cable.sock'), cuts };
  const server = net.createServer((near) => {
    const far = net.connect(daemon.publishSocket);
    near.on('error', () => {});
    far.on('error', () => {});
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
    near.pipe(far);
    far.on('data', (bytes) => {
      if (cable.cuts > 0) {
        cable.cuts -= 1;
        near.destroy();
      } else {
        near.write(bytes);
      }
    });
  });
  await new Promise((resolve) => {
    server.listen(cable.path, resolve);
  });
  t.after(() => server.close());
  return cable;
}

test('over HTTP an answer that is lost does not publish the event twice', async (t) => {
  const daemon = await Daemon.start(t);
  const stream = await Stream.open(t, daemon, 'a');
  const cable = await startCable(t, daemon, 3);
  const publisher = new HttpPublisher({ socketPath: cable.path });
  t.after(() => publisher.close());
  const id = await publisher.publish('a', 'x');
  assert.equal(cable.cuts, 0);
  cable.cuts = 2;
  const results = await publisher.publishMany([
    { channel: 'a', data: 'y' },
    { channel: 'a', data: 'z', key: 'its own' },
    { channel: 'a', data: 'z', key: 'z' },
  ]);
  assert.equal(results[0].duplicate, true);
  assert.equal(results[1].error.code, 'INVALID_KEY');
  const ids = [id, results[0].id, results[2].id];
  const events = await stream.first(3);
  assert.deepEqual(
    events.map((event) => [event.id, event.data]),
    [id, results[0].id, results[2].id].map((one, i) => [one, 'xyz'[i]]),
  );
  assert.equal(new Set(ids).size, 3);
  assert.equal((await daemon.stats()).events.published, 3);
});

test('over HTTP events with the same key are published once', async (t) => {
  const daemon = await Daemon.start(t);
  const publisher = new HttpPublisher({ socketPath: daemon.publishSocket });
  t.after(() => publisher.close());
  const id = await publisher.publish('a', 'x', { key: 'k' });
  assert.equal(await publisher.publish('a', 'x', { key: 'k' }), id);
  assert.notEqual(await publisher.publish('b', 'x', { key: 'k' }), id);
  await assert.rejects(publisher.publish('a', 'y', { key: 'k' }), {
    code: 'KEY_REUSED',
    status: 422,
  });
  assert.equal((await daemon.stats()).events.published, 2);
});

test('over the socket an answer that is lost does not publish the event twice', async (t) => {
  const daemon = await Daemon.start(t);
  const stream = await Stream.open(t, daemon, 'a');
  const cable = await startCable(t, daemon, 0);
  const options = { socket: cable.path, firstBackOff: 1, windowBytes: 20_000, idempotency: true };
  const publisher = new Publisher(options);
  t.after(() => publisher.destroy());
  let disconnects = 0;
  publisher.on('disconnect', () => (disconnects += 1));
  await publisher.connect();
  const ids = [];
  for (let round = 0; round < 5; round += 1) {
    cable.cuts = 1;
    const numbers = Array.from({ length: 1000 }, (_, i) => 1000 * round + i);
    ids.push(...(await Promise.all(numbers.map((i) => publisher.publish('a', String(i))))));
  }
  assert.equal(disconnects, 5);
  assert.deepEqual(
    (await stream.first(ids.length)).map(({ id, data }) => [id, data]),
    ids.map((id, i) => [id, String(i)]),
  );
  assert.equal((await daemon.stats()).events.published, ids.length);
});

test('over the socket events with the same key are published once', async (t) => {
  const daemon = await Daemon.start(t);
  const publisher = new Publisher({ socket: daemon.publishSocket, idempotency: true });
  t.after(() => publisher.destroy());
  const bytes = Buffer.from('x');
  const [first, second, other] = await Promise.all([
    publisher.publish('a', bytes, { event: 't', key: 'k' }),
    publisher.publish('a', 'x', { event: 't', key: 'k' }),
    publisher.publish('b', 'x', { event: 't', key: 'k' }),
  ]);
  assert.equal(second, first);
  assert.notEqual(other, first);
  await assert.rejects(publisher.publish('a', 'y', { key: 'k' }), { code: 'KEY_REUSED' });
  await assert.rejects(publisher.publish('a', 'x', { key: 'two words' }), { code: 'INVALID_KEY' });
  await assert.rejects(publisher.publish('c'.repeat(256), 'x'), { code: 'INVALID_CHANNEL' });
  const plain = new Publisher({ socket: daemon.publishSocket });
  await assert.rejects(plain.publish('a', 'x', { key: 'k' }), { code: 'INVALID_KEY' });
});
