// What a publisher makes of a server's answers, and of those that no server should give.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { test } from 'node:test';

import { Publisher } from '../../tools/node/index.js';
import { ack, FakeServer, hello, refusal } from './fake_server.mjs';

const require = createRequire(import.meta.url);
const { AnswerReader, NACK_CODES, idAt } = require('../../tools/node/lib/wire.cjs');

// By the names that the specification has for them.
const CODES = {
  CHANNEL: 'INVALID_CHANNEL',
  TYPE: 'INVALID_TYPE',
  DATA: 'INVALID_DATA',
  TOO_LARGE: 'TOO_LARGE',
  UNAVAILABLE: 'UNAVAILABLE',
  UNKNOWN_CHANNEL: 'UNKNOWN_CHANNEL',
  KEY: 'KEY_REUSED',
};

test('each code of a nack has the name that the specification gives it', async () => {
  const header = await readFile(
    new URL('../../include/ringcast/publish.h', import.meta.url),
    'utf8',
  );
  const named = [...header.matchAll(/^#define RINGCAST_PUBLISH_NACK_(\w+) (\d+)/gm)];
  assert.ok(named.length >= 5);
  for (const [, name, code] of named) assert.equal(NACK_CODES[code], CODES[name], name);
});

// Those that a reader gives when its bytes come in pieces of this size.
function read(bytes, size) {
  const reader = new AnswerReader(1);
  const answers = [];
  for (let at = 0; at < bytes.length; at += size) {
    reader.push(bytes.subarray(at, at + size));
    for (let answer = reader.next(); answer; answer = reader.next()) {
      if (answer.kind === 'ack') {
        const ids = Array.from({ length: answer.count }, (_, i) => idAt(answer.ids, i));
        answers.push({ kind: 'ack', request: answer.request, ids });
      } else {
        answers.push(answer);
      }
    }
  }
  return answers;
}

test('answers are the same in whatever pieces they come', () => {
  const most = Array.from({ length: 4096 }, (_, i) => i);
  const bytes = Buffer.concat([
    hello(),
    ack(1, [5, 6]),
    refusal(0x82, 3, 3, 'no UTF-8: ä'),
    ack(4, most),
    refusal(0x83, 4100, 5, ''),
  ]);
  const expected = [
    { kind: 'hello' },
    { kind: 'ack', request: 1, ids: ['1-5', '1-6'] },
    { kind: 'nack', request: 3, code: 3, text: 'no UTF-8: ä' },
    { kind: 'ack', request: 4, ids: most.map((number) => `1-${number}`) },
    { kind: 'error', request: 4100, code: 5, text: '' },
  ];
  for (const size of [1, 7, 16, 1000, bytes.length]) assert.deepEqual(read(bytes, size), expected);
});

test('ids are exact over the whole range of their numbers', () => {
  const numbers = [0n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 53n - 1n, 2n ** 53n + 1n, 2n ** 64n - 1n];
  const [, answer] = read(Buffer.concat([hello(), ack(1, numbers)]), 64);
  assert.deepEqual(
    answer.ids,
    numbers.map((number) => `1-${number}`),
  );
});

const BROKEN = [
  ['an HTTP server', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'), /no publish socket/],
  ['another version', hello(9), /version 9/],
  ['an answer to nothing', Buffer.concat([hello(), ack(99, [1])]), /not the next one/],
  ['more answers than requests', Buffer.concat([hello(), ack(1, [1, 2, 3])]), /not the next one/],
  ['an unknown kind', Buffer.concat([hello(), Buffer.alloc(16, 0x42)]), /unknown kind/],
  ['an ack of none', Buffer.concat([hello(), ack(1, [])]), /impossible size/],
  [
    'a long reason',
    Buffer.concat([hello(), refusal(0x82, 1, 1, 'x'.repeat(1025))]),
    /impossible size/,
  ],
];

for (const [name, greeting, expected] of BROKEN) {
  test(`no server: ${name}`, async (t) => {
    const server = await FakeServer.start(t, [{ greeting, answers: 0 }]);
    const publisher = new Publisher({ socket: server.path, firstBackOff: 1, maxBackOff: 1 });
    t.after(() => publisher.destroy());
    await assert.rejects(publisher.publish('a', 'x'), (error) => {
      assert.equal(error.code, 'PROTOCOL');
      assert.match(error.message, expected);
      return true;
    });
    assert.equal(publisher.unansweredBytes, 0);
    // Whoever is there the next time is given another chance.
    assert.equal(await publisher.publish('a', 'y'), '1-1');
  });
}

test('an error that says the bytes were wrong is not tried again', async (t) => {
  const farewell = refusal(0x83, 1, 3, 'the numbers are wrong');
  const server = await FakeServer.start(t, [{ answers: 0, farewell }]);
  const publisher = new Publisher({ socket: server.path });
  t.after(() => publisher.destroy());
  const published = publisher.publish('a', 'x');
  await assert.rejects(published, {
    code: 'PROTOCOL',
    reason: 'the numbers are wrong',
    channel: 'a',
  });
  assert.equal(server.connections, 1);
});

test('an answer to another request is none', async (t) => {
  const server = await FakeServer.start(t, [{ answers: 0, farewell: ack(5, [1]) }]);
  const publisher = new Publisher({ socket: server.path });
  t.after(() => publisher.destroy());
  await assert.rejects(publisher.publish('a', 'x'), {
    code: 'PROTOCOL',
    message: /not the next one/,
  });
});

test('a server without room is tried again', async (t) => {
  const greeting = Buffer.concat([hello(), refusal(0x83, 0, 5, 'too many publishers')]);
  const server = await FakeServer.start(t, [{ greeting }, { greeting }]);
  const publisher = new Publisher({ socket: server.path, firstBackOff: 1, maxBackOff: 2 });
  t.after(() => publisher.destroy());
  const told = [];
  publisher.on('unreachable', (error) => told.push([error.code, error.reason]));
  await assert.rejects(publisher.connect(), { code: 'BUSY', reason: 'too many publishers' });
  assert.equal(await publisher.publish('a', 'x'), '1-1');
  assert.deepEqual(told, Array(2).fill(['BUSY', 'too many publishers']));
  assert.equal(server.connections, 3);
});

test('a code that this package does not know is told with its reason', async (t) => {
  const greeting = hello();
  const server = await FakeServer.start(t, [
    { greeting, answers: 0, farewell: refusal(0x82, 1, 77, 'not today') },
  ]);
  const publisher = new Publisher({ socket: server.path });
  t.after(() => publisher.destroy());
  await assert.rejects(publisher.publish('a', 'x'), { code: 'REFUSED', reason: 'not today' });
});
