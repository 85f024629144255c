// The publisher over HTTP, on the daemon's publish socket; and before servers made of a script, for
// what the daemon does not do on request.
import assert from 'node:assert/strict';
import http from 'node:http';
import { test } from 'node:test';

import { HttpPublisher, RingcastError } from '../../tools/node/index.js';
import { Daemon } from './daemon.mjs';
import { Stream } from './stream.mjs';

async function start(t, options = {}, ...serveOptions) {
  const daemon = await Daemon.start(t, ...serveOptions);
  const publisher = new HttpPublisher({ socketPath: daemon.publishSocket, ...options });
  t.after(() => publisher.close());
  return { daemon, publisher };
}

// Answers each request with the next of these: [status, body], or null to cut the connection.
async function startScript(t, answers) {
  const script = { requests: [] };
  const server = http.createServer((request, response) => {
    let body = '';
    request.on('data', (piece) => (body += piece));
    request.on('end', () => {
      const { method, url, headers } = request;
      script.requests.push({ method, url, headers, body });
      const answer = answers.shift();
      if (!answer) request.socket.destroy();
      else response.writeHead(answer[0], { 'Content-Type': 'application/json' }).end(answer[1]);
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  script.url = `http://127.0.0.1:${server.address().port}`;
  return script;
}

const PUBLISHED = [200, '{"id":"1-1","subscribers":0}'];

test('data arrives as it was meant', async (t) => {
  const { daemon, publisher } = await start(t);
  const channel = 'a/b:c@d=e+f~g';
  const stream = await Stream.open(t, daemon, channel.replace('+', '%2B'));
  const cases = [
    ['text', 'text', 'kind'],
    ['', '', ''],
    ['two\nlines', 'two\nlines', 'a b&c=d/\u{1F426}'],
    [Buffer.from('a buffer'), 'a buffer', ''],
    [{ text: 'ä' }, '{"text":"ä"}', 'progress'],
    [0, '0', ''],
  ];
  const ids = [];
  for (const [data, , event] of cases) ids.push(await publisher.publish(channel, data, { event }));
  const events = await stream.first(cases.length);
  cases.forEach(([, data, type], i) => {
    assert.deepEqual(events[i], { type: type || 'message', data, id: ids[i] });
  });
});

test('a refused event says why', async (t) => {
  const { daemon, publisher } = await start(t, {}, '--max-event-size', '1000');
  const cases = [
    ['not ok', 'x', {}, 'REFUSED', 400],
    ['', 'x', {}, 'REFUSED', 400],
    ['a?b', 'x', {}, 'REFUSED', 400],
    ['a', 'x', { event: 'two\nlines' }, 'REFUSED', 400],
    ['a', Buffer.from([0xff]), {}, 'REFUSED', 400],
    ['a', 'x'.repeat(1001), {}, 'TOO_LARGE', 413],
    ['a', undefined, {}, 'INVALID_DATA', undefined],
    ['a', '\ud800', {}, 'INVALID_DATA', undefined],
    ['a', 'x', { key: 'two words' }, 'INVALID_KEY', undefined],
    ['a', 'x', { key: '' }, 'INVALID_KEY', undefined],
  ];
  for (const [channel, data, options, code, status] of cases) {
    await assert.rejects(publisher.publish(channel, data, options), (error) => {
      assert.ok(error instanceof RingcastError);
      assert.equal(error.code, code, error.message);
      assert.equal(error.status, status);
      return true;
    });
  }
  assert.equal((await daemon.stats()).events.published, 0);
});

test('many at once, in order, each with its own result', async (t) => {
  const { daemon, publisher } = await start(
    t,
    { idempotency: false },
    '--max-event-size',
    '100KiB',
  );
  const stream = await Stream.open(t, daemon, 'a');
  const large = 'y'.repeat(90_000); // so that requests are cut by their bytes, too
  const events = Array.from({ length: 12_000 }, (_, i) => ({
    channel: 'a',
    data: i % 500 === 0 ? large : { i },
    event: i % 2 ? 'odd' : undefined,
  }));
  events[77] = { channel: 'not ok', data: 'x' };
  events[78] = { channel: 'a', data: Buffer.from([0xc3]) };
  events[79] = { channel: 'a', data: undefined };
  const results = await publisher.publishMany(events);
  assert.equal(results.length, events.length);
  const codes = { 77: 'REFUSED', 78: 'INVALID_DATA', 79: 'INVALID_DATA' };
  const accepted = [];
  results.forEach(({ id, error, subscribers }, i) => {
    assert.equal(error?.code, codes[i], `event ${i}: ${error}`);
    if (error) return;
    assert.equal(subscribers, 1);
    const data = i % 500 === 0 ? large : `{"i":${i}}`;
    accepted.push({ type: i % 2 ? 'odd' : 'message', data, id });
  });
  assert.deepEqual(await stream.first(accepted.length), accepted);
  assert.deepEqual(await publisher.publishMany([]), []);
});

test('a channel is looked at and ended', async (t) => {
  const { daemon, publisher } = await start(t);
  const channel = publisher.channel('job/1');
  assert.equal(await channel.info(), null);
  assert.equal(await channel.end(), false);
  const first = await publisher.publish('job/1', 'x');
  const newest = await publisher.publish('job/1', 'y');
  const stream = await Stream.open(t, daemon, 'job/1');
  const info = await channel.info();
  assert.equal(info.subscribers, 1);
  assert.equal(info.newest, newest);
  assert.equal(info.history.events, 2);
  assert.equal(info.history.oldest, first);
  assert.equal(await channel.end(), true);
  assert.equal((await stream.first(1))[0].type, 'end');
  await assert.rejects(publisher.channel('not ok').info(), { code: 'REFUSED', status: 400 });
  await assert.rejects(
    channel.create({ historyevents: 1 }),
    /historyevents is no setting.*historyEvents/,
  );
});

test('a daemon that comes back in time', async (t) => {
  const { daemon, publisher } = await start(t);
  await daemon.kill();
  const published = publisher.publish('a', 'x');
  await daemon.run();
  assert.match(await published, /^\d+-\d+$/);
  assert.equal((await daemon.stats()).events.published, 1);
});

test('nobody is there', async (t) => {
  const publisher = new HttpPublisher({ socketPath: '/nowhere/publish.sock', timeout: 300 });
  await assert.rejects(publisher.publish('a', 'x'), (error) => {
    assert.equal(error.code, 'TIMEOUT');
    assert.match(error.message, /within 300 ms: .*ENOENT/);
    assert.equal(error.channel, 'a');
    return true;
  });
  const controller = new AbortController();
  const aborted = publisher.publish('a', 'x', { signal: controller.signal });
  controller.abort(new Error('no longer wanted'));
  await assert.rejects(aborted, /no longer wanted/);
});

test('a daemon that is silent', async (t) => {
  const { daemon, publisher } = await start(t, { timeout: 400, attemptTimeout: 100 });
  await daemon.stop();
  await assert.rejects(publisher.publish('a', 'x'), { code: 'TIMEOUT', message: /gave no answer/ });
  const controller = new AbortController();
  const aborted = publisher.publish('a', 'x', { signal: controller.signal });
  setTimeout(() => controller.abort(), 20);
  await assert.rejects(aborted, { name: 'AbortError' });
  daemon.resume();
});

test('a request that fails on the way is sent again with the same key', async (t) => {
  const busy = [503, '{"error":"too many publishers"}'];
  const script = await startScript(t, [null, busy, [502, ''], PUBLISHED, PUBLISHED]);
  const publisher = new HttpPublisher({ url: `${script.url}/behind/` });
  t.after(() => publisher.close());
  assert.equal(await publisher.publish('a', 'x', { event: 't' }), '1-1');
  await publisher.publish('a', 'y');
  const keys = script.requests.map(({ headers }) => headers['idempotency-key']);
  assert.match(keys[0], /^[\w-]{20}\.1$/);
  assert.deepEqual(keys.slice(0, 4), Array(4).fill(keys[0]));
  assert.notEqual(keys[4], keys[0]);
  const { method, url, body } = script.requests[3];
  assert.deepEqual(
    { method, url, body },
    { method: 'POST', url: '/behind/publish/a?event=t', body: 'x' },
  );
});

test('without keys nothing is sent again that may have been read', async (t) => {
  const script = await startScript(t, [null, [502, ''], [503, ''], PUBLISHED]);
  const publisher = new HttpPublisher({ url: script.url, idempotency: false });
  t.after(() => publisher.close());
  await assert.rejects(publisher.publish('a', 'x'), { code: 'DISCONNECTED' });
  await assert.rejects(publisher.publish('a', 'x'), { code: 'REFUSED', status: 502 });
  assert.equal(await publisher.publish('a', 'x'), '1-1');
  for (const { headers } of script.requests) assert.equal(headers['idempotency-key'], undefined);
});

test('a token is sent, and a new one asked for when the old one is refused', async (t) => {
  const denied = [401, '{"error":"invalid_token"}'];
  const script = await startScript(t, [
    denied,
    PUBLISHED,
    denied,
    denied,
    PUBLISHED,
    [403, '{"error":"no"}'],
  ]);
  let asked = 0;
  const publisher = new HttpPublisher({
    url: script.url,
    token: async () => `token-${(asked += 1)}`,
  });
  t.after(() => publisher.close());
  await publisher.publish('a', 'x');
  await assert.rejects(publisher.publish('a', 'x'), { code: 'UNAUTHORIZED', status: 401 });
  const fixed = new HttpPublisher({ url: script.url, token: 'abc' });
  t.after(() => fixed.close());
  await fixed.publish('a', 'x');
  await assert.rejects(fixed.publish('a', 'x'), { code: 'FORBIDDEN', reason: 'no', channel: 'a' });
  assert.deepEqual(
    script.requests.map(({ headers }) => headers.authorization),
    ['token-1', 'token-2', 'token-3', 'token-4', 'abc', 'abc'].map((token) => `Bearer ${token}`),
  );
  const broken = new HttpPublisher({ url: script.url, token: 'a\r\nb' });
  await assert.rejects(broken.publish('a', 'x'), { code: 'UNAUTHORIZED' });
});

test('who is no Ringcast server is told from one', async (t) => {
  const script = await startScript(t, [
    [200, '<html>'],
    [200, 'null'],
    [404, '<html>'],
  ]);
  const publisher = new HttpPublisher({ url: script.url, idempotency: false });
  t.after(() => publisher.close());
  await assert.rejects(publisher.publish('a', 'x'), { code: 'PROTOCOL' });
  await assert.rejects(publisher.publishMany([{ channel: 'a', data: 'x' }]), { code: 'PROTOCOL' });
  await assert.rejects(publisher.publish('a', 'x'), { code: 'UNKNOWN_CHANNEL', reason: '<html>' });
});

test('options that cannot be meant are refused', () => {
  const cases = [
    { url: 'ftp://localhost' },
    { url: 'http://user:secret@localhost' },
    { url: 'http://localhost?token=secret' },
    { url: 'http://localhost', socketPath: '/a' },
    { timeout: 0 },
    { connections: -1 },
  ];
  for (const options of cases) {
    assert.throws(
      () => new HttpPublisher(options),
      (error) => {
        assert.ok(error instanceof RangeError, JSON.stringify(options));
        assert.doesNotMatch(error.message, /secret/);
        return true;
      },
    );
  }
});
