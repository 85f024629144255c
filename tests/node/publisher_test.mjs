// The publisher over the UNIX socket and a daemon that stays.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { test } from 'node:test';

import { Publisher, RingcastError } from '../../tools/node/index.js';
import { Daemon } from './daemon.mjs';
import { Stream } from './stream.mjs';

async function start(t, options = {}, ...serveOptions) {
  const daemon = await Daemon.start(t, ...serveOptions);
  const publisher = new Publisher({ socket: daemon.publishSocket, ...options });
  t.after(() => publisher.destroy());
  return { daemon, publisher };
}

// As numbers: ids grow, but not by their letters.
function follows(id, before) {
  const [ms, number] = id.split('-').map(BigInt);
  const [msBefore, numberBefore] = before.split('-').map(BigInt);
  return ms > msBefore || (ms === msBefore && number > numberBefore);
}

test('data arrives as it was meant', async (t) => {
  const { daemon, publisher } = await start(t);
  const stream = await Stream.open(t, daemon, 'a/b');
  const bytes = new Uint8Array(Buffer.from('bytes'));
  const cases = [
    ['text', 'text'],
    ['', ''],
    ['two\nlines', 'two\nlines'],
    ['a\r\nb\rc\n', 'a\nb\nc\n'],
    ['\u{1F426} and \u0000', '\u{1F426} and \u0000'],
    [Buffer.from('a buffer'), 'a buffer'],
    [bytes, 'bytes'],
    [bytes.buffer, 'bytes'],
    [new DataView(bytes.buffer, 1, 3), 'yte'],
    [{ text: 'ä', list: [1, null] }, '{"text":"ä","list":[1,null]}'],
    [[], '[]'],
    [12.5, '12.5'],
    [false, 'false'],
    [null, 'null'],
    [new Date(0), '"1970-01-01T00:00:00.000Z"'],
  ];
  const ids = await Promise.all(
    cases.map(([data]) => publisher.publish('a/b', data, { event: 'kind' })),
  );
  ids.push(await publisher.publish('a/b', 'of the default type'));
  const events = await stream.first(ids.length);
  cases.forEach(([, data], i) => assert.deepEqual(events[i], { type: 'kind', data, id: ids[i] }));
  assert.deepEqual(events.at(-1), { type: 'message', data: 'of the default type', id: ids.at(-1) });
});

test('bytes are those of the moment of the call', async (t) => {
  const { daemon, publisher } = await start(t);
  const stream = await Stream.open(t, daemon, 'a');
  const data = Buffer.from('before');
  const published = publisher.publish('a', data);
  data.fill('x');
  await published;
  assert.equal((await stream.first(1))[0].data, 'before');
});

test('each of 100,000 events arrives once and in order', async (t) => {
  const { daemon, publisher } = await start(t);
  const stream = await Stream.open(t, daemon, 'a');
  const count = 100_000;
  const ids = await Promise.all(
    Array.from({ length: count }, (_, i) => publisher.publish('a', `event ${i}`)),
  );
  const events = await stream.first(count);
  for (let i = 0; i < count; i += 1) {
    if (i > 0) assert.ok(follows(ids[i], ids[i - 1]), `${ids[i]} after ${ids[i - 1]}`);
    assert.equal(events[i].data, `event ${i}`);
    assert.equal(events[i].id, ids[i]);
  }
  assert.equal(publisher.unanswered, 0);
  assert.equal(publisher.unansweredBytes, 0);
  assert.equal((await daemon.stats()).events.published, count);
  assert.equal(stream.connections, 1);
});

test('what is published in one tick is written at once', async (t) => {
  const { publisher } = await start(t);
  await publisher.connect();
  const write = t.mock.method(net.Socket.prototype, 'write');
  const order = [];
  const numbers = Array.from({ length: 500 }, (_, i) => i);
  const published = numbers.map((i) => publisher.publish('a', String(i)).then(() => order.push(i)));
  assert.equal(publisher.unanswered, 500);
  await Promise.all(published);
  assert.deepEqual(order, numbers);
  assert.equal(write.mock.callCount(), 1);
});

test('a refused event says why, and the others pass', async (t) => {
  const { daemon, publisher } = await start(t, {}, '--max-event-size', '1000');
  const stream = await Stream.open(t, daemon, 'a');
  const refused = [
    ['not ok', 'x', {}, 'INVALID_CHANNEL'],
    ['', 'x', {}, 'INVALID_CHANNEL'],
    ['a//b', 'x', {}, 'INVALID_CHANNEL'],
    ['c'.repeat(256), 'x', {}, 'INVALID_CHANNEL'],
    ['c'.repeat(70_000), 'x', {}, 'INVALID_CHANNEL'],
    ['\ud800', 'x', {}, 'INVALID_CHANNEL'],
    [12, 'x', {}, 'INVALID_CHANNEL'],
    ['a', 'x', { event: 'two\nlines' }, 'INVALID_TYPE'],
    ['a', 'x', { event: 't'.repeat(256) }, 'INVALID_TYPE'],
    ['a', 'x', { event: '\udc00' }, 'INVALID_TYPE'],
    ['a', 'x', { event: 12 }, 'INVALID_TYPE'],
    ['a', Buffer.from([0xff, 0xfe]), {}, 'INVALID_DATA'],
    ['a', 'half a pair: \ud83d', {}, 'INVALID_DATA'],
    ['a', undefined, {}, 'INVALID_DATA'],
    ['a', () => 1, {}, 'INVALID_DATA'],
    ['a', 12n, {}, 'INVALID_DATA'],
    ['a', 'x'.repeat(1001), {}, 'TOO_LARGE'],
    ['a', 'x'.repeat(3 << 20), {}, 'TOO_LARGE'],
    ['a', 'x'.repeat((16 << 20) + 1), {}, 'TOO_LARGE'],
  ];
  const passed = [];
  const told = [];
  for (const [channel, data, options, code] of refused) {
    told.push(
      assert.rejects(publisher.publish(channel, data, options), (error) => {
        assert.ok(error instanceof RingcastError);
        assert.equal(error.code, code, error.message);
        assert.equal(error.channel, typeof channel === 'string' ? channel : undefined);
        return true;
      }),
    );
    passed.push(publisher.publish('a', `after ${code}`));
  }
  await Promise.all(told);
  const ids = await Promise.all(passed);
  const events = await stream.first(ids.length);
  assert.deepEqual(
    events.map(({ id }) => id),
    ids,
  );
  assert.equal((await daemon.stats()).events.published, ids.length);
});

test('several publishers on one channel, each in its own order', async (t) => {
  const { daemon } = await start(t);
  const stream = await Stream.open(t, daemon, 'a');
  const publishers = Array.from(
    { length: 5 },
    () => new Publisher({ socket: daemon.publishSocket }),
  );
  await Promise.all(
    publishers.map(async (publisher, name) => {
      for (let i = 0; i < 200; i += 10) {
        const batch = Array.from({ length: 10 }, (_, j) =>
          publisher.publish('a', { name, i: i + j }),
        );
        await Promise.all(batch);
      }
      await publisher.close();
    }),
  );
  const next = publishers.map(() => 0);
  for (const { data } of await stream.first(1000)) {
    const { name, i } = JSON.parse(data);
    assert.equal(i, next[name]);
    next[name] += 1;
  }
  assert.equal((await daemon.stats()).publishers, 0);
});

test('close() takes no more events, and waits for all answers', async (t) => {
  const { daemon, publisher } = await start(t);
  const published = Array.from({ length: 2000 }, (_, i) => publisher.publish('a', String(i)));
  let answered = 0;
  published.forEach((promise) => promise.then(() => (answered += 1)));
  const closed = publisher.close();
  await assert.rejects(publisher.publish('a', 'late'), { code: 'CLOSED' });
  await assert.rejects(publisher.ready(), { code: 'CLOSED' });
  await closed;
  assert.equal(publisher.unanswered, 0);
  await Promise.all(published);
  assert.equal(answered, 2000);
  assert.equal((await daemon.stats()).events.published, 2000);
  await publisher.close(); // again is no mistake
  assert.equal(publisher.connected, false);
});

test('a publisher that never connected closes at once', async () => {
  const publisher = new Publisher({ socket: '/nowhere/publish.sock' });
  await publisher.close();
});

test('destroy() rejects what has no answer', async (t) => {
  const { publisher } = await start(t);
  const published = publisher.publish('a', 'x');
  const destroyed = publisher.destroy();
  await assert.rejects(published, { code: 'CLOSED', channel: 'a' });
  await destroyed;
});

test('an aborted event is not published when it was not written', async (t) => {
  const { daemon, publisher } = await start(t);
  const reason = new Error('no longer wanted');
  const controller = new AbortController();
  const published = publisher.publish('a', 'x', { signal: controller.signal });
  const other = publisher.publish('a', 'y');
  controller.abort(reason);
  await assert.rejects(published, reason);
  await assert.rejects(publisher.publish('a', 'z', { signal: AbortSignal.abort() }), {
    name: 'AbortError',
  });
  await other;
  controller.abort();
  assert.equal((await daemon.stats()).events.published, 1);
  assert.equal(publisher.unansweredBytes, 0);
});

test('a signal that comes after the answer changes nothing', async (t) => {
  const { publisher } = await start(t);
  const controller = new AbortController();
  await publisher.publish('a', 'x', { signal: controller.signal });
  controller.abort();
  await publisher.publish('a', 'y');
});

test('an idle publisher does not keep the process alive', async (t) => {
  const { daemon } = await start(t);
  const script = `
    const { Publisher } = require(process.argv[1]);
    new Publisher({ socket: process.argv[2] }).publish('a', 'x').then(console.log);`;
  const package_ = new URL('../../tools/node/index.cjs', import.meta.url).pathname;
  const child = spawn(process.execPath, ['-e', script, package_, daemon.publishSocket]);
  let output = '';
  child.stdout.on('data', (bytes) => (output += bytes));
  child.stderr.on('data', (bytes) => (output += bytes));
  const [code] = await once(child, 'close');
  assert.match(output, /^\d+-\d+\n$/);
  assert.equal(code, 0);
});

test('options that cannot be meant are refused', () => {
  for (const options of [
    { windowBytes: 0 },
    { timeout: -1 },
    { maxQueueBytes: NaN },
    { maxBackOff: '1s' },
  ]) {
    assert.throws(() => new Publisher(options), RangeError, JSON.stringify(options));
  }
});
