// A publisher whose server goes and comes back.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { Publisher } from '../../tools/node/index.js';
import { Daemon, eventually } from './daemon.mjs';
import { FakeServer } from './fake_server.mjs';
import { Stream } from './stream.mjs';

test('what has no answer is sent again, in order, wherever connections break', async (t) => {
  const manners = Array.from({ length: 12 }, (_, i) => ({ answers: 7 * i }));
  const server = await FakeServer.start(t, manners);
  const publisher = new Publisher({
    socket: server.path,
    firstBackOff: 1,
    maxBackOff: 3,
    windowBytes: 1500,
  });
  t.after(() => publisher.destroy());
  let connects = 0;
  let disconnects = 0;
  publisher.on('connect', () => (connects += 1));
  publisher.on('disconnect', (error) => {
    assert.equal(error.code, 'DISCONNECTED');
    disconnects += 1;
  });
  const count = 2000;
  const ids = await Promise.all(
    Array.from({ length: count }, (_, i) => publisher.publish('a', String(i), { event: 't' })),
  );
  assert.equal(new Set(ids).size, count);
  assert.equal(connects, manners.length + 1);
  assert.equal(disconnects, manners.length);

  let next = 0; // the first number that has not come yet
  let before;
  for (const frame of server.frames) {
    assert.equal(frame.type, 't');
    const number = Number(frame.data);
    if (before?.connection === frame.connection) {
      assert.equal(number, Number(before.data) + 1);
      assert.equal(frame.request, before.request + 1);
    }
    assert.ok(number <= next, `${number} came before ${next}`);
    if (number === next) next += 1;
    before = frame;
  }
  assert.equal(next, count);
});

test('an aborted event is not sent again', async (t) => {
  const server = await FakeServer.start(t, [{ answers: 0 }]);
  const publisher = new Publisher({ socket: server.path, firstBackOff: 300 });
  t.after(() => publisher.destroy());
  const controller = new AbortController();
  const aborted = publisher.publish('a', 'aborted', { signal: controller.signal });
  const kept = publisher.publish('a', 'kept');
  publisher.once('disconnect', () => controller.abort());
  await assert.rejects(aborted, { name: 'AbortError' });
  await kept;
  assert.deepEqual(
    server.frames.filter(({ connection }) => connection === 1).map(({ data }) => data),
    ['kept'],
  );
});

// Two events that a stopped daemon has not read yet; the first can be aborted.
async function twoWrittenEvents(t) {
  const daemon = await Daemon.start(t);
  const publisher = new Publisher({ socket: daemon.publishSocket });
  t.after(() => publisher.destroy());
  await publisher.connect();
  await daemon.stop();
  const controller = new AbortController();
  const aborted = publisher.publish('a', 'aborted', { signal: controller.signal });
  const kept = publisher.publish('a', 'kept');
  await sleep(20);
  return { daemon, publisher, controller, aborted, kept };
}

test('an event aborted after it was written keeps its place in the answers', async (t) => {
  const { daemon, publisher, controller, aborted, kept } = await twoWrittenEvents(t);
  const bytes = publisher.unansweredBytes;
  controller.abort();
  await assert.rejects(aborted, { name: 'AbortError' });
  assert.equal(publisher.unanswered, 1);
  assert.equal(publisher.unansweredBytes, bytes, 'the server will read it all the same');
  daemon.resume();
  const id = await kept;
  assert.equal(
    JSON.parse((await daemon.ask(daemon.publishSocket, 'GET', '/channels/a')).text).newest,
    id,
  );
  assert.equal(publisher.unansweredBytes, 0);
});

test('an event aborted after it was written is not sent over the next connection', async (t) => {
  const { daemon, publisher, controller, aborted, kept } = await twoWrittenEvents(t);
  controller.abort();
  await assert.rejects(aborted, { name: 'AbortError' });
  await daemon.kill();
  await daemon.run();
  await kept;
  assert.equal((await daemon.stats()).events.published, 1);
  assert.equal(publisher.unansweredBytes, 0);
});

test('nobody is there', async (t) => {
  const daemon = await Daemon.start(t);
  await daemon.kill();
  const publisher = new Publisher({ socket: daemon.publishSocket, timeout: 400, firstBackOff: 5 });
  t.after(() => publisher.destroy());
  let attempts = 0;
  publisher.on('unreachable', (error) => {
    assert.match(error.message, /cannot connect to .*publish\.sock/);
    attempts += 1;
  });
  await assert.rejects(publisher.connect(), { code: 'DISCONNECTED' });
  await assert.rejects(publisher.publish('a', 'x'), (error) => {
    assert.equal(error.code, 'TIMEOUT');
    assert.match(error.message, /within 400 ms: cannot connect to/);
    assert.doesNotMatch(error.message, /may have been published/);
    assert.equal(error.cause.code, 'DISCONNECTED');
    return true;
  });
  assert.ok(attempts >= 2, `${attempts} attempts`);
  assert.equal(publisher.unansweredBytes, 0);
  // The publisher itself is none the worse for it.
  const later = new Publisher({ socket: daemon.publishSocket, firstBackOff: 5 });
  t.after(() => later.destroy());
  const published = later.publish('a', 'kept');
  await daemon.run();
  assert.match(await published, /^\d+-\d+$/);
});

test('a server that is silent', async (t) => {
  const daemon = await Daemon.start(t);
  const publisher = new Publisher({ socket: daemon.publishSocket, timeout: 300 });
  t.after(() => publisher.destroy());
  await publisher.connect();
  await daemon.stop();
  await assert.rejects(publisher.publish('a', 'x'), (error) => {
    assert.equal(error.code, 'TIMEOUT');
    assert.match(error.message, /it may have been published/);
    return true;
  });
  daemon.resume();
  await eventually('it answers again', () => publisher.publish('a', 'y').catch(() => null));
});

test('close() gives up when the server does not come back in time', async (t) => {
  const publisher = new Publisher({ socket: '/nowhere/publish.sock', timeout: 200 });
  const published = assert.rejects(publisher.publish('a', 'x'), { code: 'TIMEOUT' });
  await publisher.close();
  await published;
});

// Whether each acknowledged event was received, or a gap was told in its place.
function check(events, ids) {
  const place = new Map(ids.map((id, i) => [id, i]));
  let expected = 0; // index of the next id
  let gap = false;
  for (const event of events) {
    if (event.type === 'gap') {
      assert.equal(JSON.parse(event.data).reason, 'restart');
      gap = true;
      continue;
    }
    const index = place.get(event.id);
    // Published, but its answer was lost with the server: it was sent again under another id.
    if (index === undefined) continue;
    assert.ok(
      index === expected || (gap && index > expected),
      `${index} came instead of ${expected}`,
    );
    expected = index + 1;
    gap = false;
  }
  assert.ok(expected === ids.length || gap);
  return expected;
}

test('killed and started again under load', async (t) => {
  const daemon = await Daemon.start(t, '--retry', '50ms');
  const stream = await Stream.open(t, daemon, 'a');
  const publisher = new Publisher({
    socket: daemon.publishSocket,
    maxBackOff: 50,
    windowBytes: 64 * 1024,
  });
  t.after(() => publisher.destroy());
  let disconnects = 0;
  publisher.on('disconnect', () => (disconnects += 1));
  const answers = []; // of each event: its ids, in the order of the events
  let stop = false;
  const publishing = (async () => {
    for (let i = 0; !stop; i += 1) {
      await publisher.ready();
      answers.push([]);
      const answer = answers[i];
      publisher.publish('a', `event ${i}`).then((id) => answer.push(id));
      if (i % 100 === 0) await sleep(0);
    }
    await publisher.publish('a', 'the last').then((id) => answers.push([id]));
  })();
  const answered = () => answers.findLastIndex((answer) => answer.length > 0);
  for (let round = 1; round <= 3; round += 1) {
    const before = answered();
    await eventually('events are acknowledged', () => answered() > before + 3000);
    await daemon.kill('SIGKILL');
    await daemon.run();
    await eventually('the publisher is back', () => disconnects >= round && publisher.connected);
  }
  stop = true;
  await publishing;
  for (const answer of answers) assert.equal(answer.length, 1);
  const ids = answers.flat();
  assert.equal(new Set(ids).size, ids.length);
  await eventually('the last event has come', () =>
    stream.events.some(({ id }) => id === ids.at(-1)),
  );
  assert.equal(check(stream.events, ids), ids.length);
  // What was received lies in the order in which it was published, some of it twice.
  let next = 0;
  for (const { type, data } of stream.events) {
    const number = type === 'gap' || data === 'the last' ? -1 : Number(data.slice('event '.length));
    next = Math.max(next, number);
  }
  assert.equal(next, answers.length - 2);
});
