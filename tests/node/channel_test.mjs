// Channels that are created, changed and ended over HTTP, and publishers that need them created.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { HttpPublisher, Publisher } from '../../tools/node/index.js';
import { Daemon, eventually } from './daemon.mjs';

test('a channel is created, changed and ended', async (t) => {
  const daemon = await Daemon.start(t);
  const publisher = new HttpPublisher({ socketPath: daemon.publishSocket });
  t.after(() => publisher.close());
  const channel = publisher.channel('job/1');
  assert.equal(await channel.create(), true);
  assert.equal(await channel.create({ historyEvents: 2, historyTtl: 600_000 }), false);
  const settings = {
    historyEvents: 3,
    historyBytes: '1MiB',
    historyTtl: '5m',
    unusedTimeout: 1000,
  };
  assert.equal(await publisher.channel('job/2').create(settings), true);
  for (let i = 0; i < 5; i += 1) await publisher.publish('job/1', String(i));
  const info = await channel.info();
  assert.equal(info.history.events, 2);
  assert.equal(info.created, true);
  assert.equal(info.settings['history-events'], 2);
  await assert.rejects(channel.create({ historyEvents: -1 }), { code: 'REFUSED', status: 400 });
  assert.equal(await channel.end(), true);
  assert.equal(await channel.info(), null);
  await eventually(
    'an unused channel goes',
    async () => !(await publisher.channel('job/2').info()),
  );
});

test('a channel that must be created first', async (t) => {
  const daemon = await Daemon.start(t);
  await daemon.kill();
  await daemon.configure('[[channel]]\nmatch = "session:*"\nstrict = true\n');
  await daemon.run();
  const publisher = new Publisher({ socket: daemon.publishSocket });
  const remote = new HttpPublisher({ socketPath: daemon.publishSocket });
  t.after(() => publisher.destroy());
  t.after(() => remote.close());
  await assert.rejects(publisher.publish('session:1', 'x'), { code: 'UNKNOWN_CHANNEL' });
  await assert.rejects(remote.publish('session:1', 'x'), { code: 'UNKNOWN_CHANNEL', status: 404 });
  await remote.channel('session:1').create();
  await publisher.publish('session:1', 'x');
  await remote.publish('session:1', 'x');
});
