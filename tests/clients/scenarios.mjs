// What a stream goes through in its life. Each scenario has a daemon, a cable and a stream that has
// just opened (or, after prepare(), one that is on its way), and returns what stands in the table; it throws when events were lost, doubled or out of
// order, whatever the client.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

import { Follower } from './follower.mjs';

const WORKS = 'yes';

// Time enough for a client to come back that wants to; many times `retry`.
const LONG_MS = 3_000;
const VERY_LONG_MS = 20_000;

async function publishAll(daemon, channel, texts) {
  for (const text of texts) await daemon.publish(channel, text);
}

function numbers(from, to) {
  return Array.from({ length: to - from }, (_, index) => `event ${from + index}`);
}

function gapReasons(follower) {
  return follower.of('gap').map((gap) => JSON.parse(gap.data).reason);
}

// Publishes until the client hears something: it is back, wherever it was. False: it never was.
async function comesBack({ daemon, channel, follower }) {
  const before = follower.of('progress').length;
  const deadline = Date.now() + VERY_LONG_MS;
  while (follower.of('progress').length === before) {
    if (Date.now() > deadline) return false;
    await daemon.publish(channel, 'are you back?', 'progress');
    await sleep(100);
  }
  return true;
}

export const SCENARIOS = [
  {
    name: 'first event',
    async run({ daemon, channel, follower }) {
      const id = await daemon.publish(channel, 'hello');
      await follower.until('a message', (f) => f.messages.length === 1);
      assert.deepEqual(follower.of('message'), [{ type: 'message', data: 'hello', id }]);
      return WORKS;
    },
  },
  {
    name: 'typed events',
    async run({ daemon, channel, follower }) {
      await daemon.publish(channel, '{"percent":40}', 'progress');
      await follower.until('the event', (f) => f.of('progress').length === 1);
      assert.deepEqual(JSON.parse(follower.of('progress')[0].data), { percent: 40 });
      assert.deepEqual(follower.messages, []);
      return WORKS;
    },
  },
  {
    name: 'data of several lines',
    async run({ daemon, channel, follower }) {
      await publishAll(daemon, channel, ['one\ntwo\r\n\r\nfour\r', ' a blank first', 'häß 🙂']);
      await follower.until('all messages', (f) => f.messages.length === 3);
      assert.deepEqual(follower.messages, ['one\ntwo\n\nfour\n', ' a blank first', 'häß 🙂']);
      return WORKS;
    },
  },
  {
    name: 'heartbeats go unseen',
    async run({ daemon, channel, follower, cable }) {
      const { connections, heartbeats } = cable;
      while (cable.heartbeats < heartbeats + 2) await sleep(100);
      await daemon.publish(channel, 'after the silence');
      await follower.until('the message', (f) => f.messages.length > 0);
      assert.deepEqual(follower.messages, ['after the silence']);
      assert.equal(cable.connections, connections, 'the client reconnected');
      return WORKS;
    },
  },
  {
    name: 'connection cut',
    async run({ daemon, channel, follower, cable }) {
      await publishAll(daemon, channel, numbers(0, 3));
      await follower.until('what came before', (f) => f.messages.length === 3);
      cable.cut();
      await publishAll(daemon, channel, numbers(3, 6));
      await follower.until('what was missed', (f) => f.messages.length >= 6);
      await daemon.publish(channel, 'event 6');
      await follower.until('what came after', (f) => f.messages.includes('event 6'));
      assert.deepEqual(follower.messages, numbers(0, 7));
      assert.deepEqual(follower.of('gap'), []);
      return WORKS;
    },
  },
  {
    name: 'cut again and again under load',
    async run({ daemon, channel, follower, cable }) {
      let all = 0;
      const publishSome = async () => {
        await publishAll(daemon, channel, numbers(all, all + 20));
        all += 20;
        await sleep(20);
      };
      for (let cuts = 0; cuts < 3; cuts += 1) {
        for (let times = 0; times < 5; times += 1) await publishSome();
        const streams = follower.of('connected').length;
        cable.cut();
        // Not again before it is back: cut while it connects, a client may well give up.
        const deadline = Date.now() + VERY_LONG_MS;
        while (follower.of('connected').length === streams) {
          assert.ok(Date.now() < deadline, 'the client did not come back');
          await publishSome();
        }
      }
      await follower.until('all messages', (f) => f.messages.length >= all);
      assert.deepEqual(follower.messages, numbers(0, all));
      assert.deepEqual(follower.of('gap'), []);
      return WORKS;
    },
  },
  {
    name: 'server killed and started',
    async run(stage) {
      const { daemon, channel, follower, cable } = stage;
      await daemon.publish(channel, 'before');
      await follower.until('the message', (f) => f.messages.length === 1);
      const { connections } = cable;
      await daemon.stop('SIGKILL');
      // It comes while nobody is there.
      while (cable.connections === connections) await sleep(20);
      await sleep(100);
      await daemon.run();
      if (!(await comesBack(stage))) return 'gives up';
      // What it may have missed is gone with the server's memory: it is told.
      assert.deepEqual(gapReasons(follower), ['restart']);
      assert.deepEqual(follower.messages, ['before']);
      return 'gap told';
    },
  },
  {
    name: 'server drained and started',
    async run(stage) {
      const { client, daemon, channel, follower, cable } = stage;
      await publishAll(daemon, channel, numbers(0, 3));
      cable.hold();
      await daemon.stop('SIGTERM');
      assert.equal(daemon.process.exitCode, 0, daemon.log);
      await daemon.run();
      cable.release();
      if (!(await comesBack(stage))) return 'gives up';
      const { messages } = follower;
      if (client.dropsUnread && messages.length < 3) {
        // It asked for the rest, which the server before had in its memory: it is told.
        assert.deepEqual(messages, numbers(0, messages.length));
        assert.deepEqual(gapReasons(follower), ['restart']);
      } else {
        assert.deepEqual(messages, numbers(0, 3));
      }
      return WORKS;
    },
  },
  {
    name: 'server full, then not',
    options: ['--max-connections', '1'],
    // The one place is taken, by a reader on the daemon's own socket.
    async prepare(stage) {
      stage.holder = await stage.occupy(stage.daemon.socket);
    },
    async run(stage) {
      const { daemon, channel, cable } = stage;
      while (cable.connections < 3) await sleep(50);
      assert.equal(await daemon.subscribers(channel), 0);
      stage.holder.destroy();
      return (await comesBack(stage)) ? WORKS : 'gives up';
    },
  },
  {
    name: 'channel ended',
    async run({ daemon, channel, follower, cable }) {
      await daemon.publish(channel, 'the last');
      await follower.until('the message', (f) => f.messages.length === 1);
      const answer = await daemon.ask('DELETE', `/channels/${channel}`);
      assert.equal(answer.status, 200, answer.text);
      await follower.until('the end', (f) => f.of('end').length > 0);
      assert.equal(follower.of('end').length, 1);
      // It comes back once and is answered 204, which means: stop.
      await sleep(LONG_MS);
      const { connections } = cable;
      await sleep(LONG_MS);
      assert.deepEqual(follower.messages, ['the last']);
      assert.equal(await daemon.subscribers(channel), 0);
      return cable.connections === connections ? 'stops' : 'keeps asking';
    },
  },
];

// Runs one scenario with one client from its first byte on.
export async function play(scenario, client, stage) {
  await scenario.prepare?.(stage);
  const follower = new Follower();
  const close = await client.follow(`${stage.cable.url}/events/${stage.channel}`, follower);
  try {
    if (!scenario.prepare) await follower.until('the stream opens', (f) => f.of('connected').length > 0);
    return await scenario.run({ ...stage, client, follower });
  } finally {
    await close();
  }
}
