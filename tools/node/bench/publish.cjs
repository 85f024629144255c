// Events a second of one publishing process: one by one, and 1,000 at a time. Prints a line of JSON for
// each.
//
//   node tools/node/bench/publish.cjs --socket PATH [--seconds N] [--bytes N]
//   node tools/node/bench/publish.cjs --http PATH ...     over HTTP on the same socket
//   node tools/node/bench/publish.cjs --redis PORT --modules DIR ...
//     PUBLISH to a Redis on this machine instead, by the client `redis` of DIR/node_modules
'use strict';

const { createRequire } = require('node:module');
const path = require('node:path');
const { performance } = require('node:perf_hooks');
const { parseArgs } = require('node:util');

const { HttpPublisher, Publisher } = require('../index.cjs');

const { values } = parseArgs({
  options: {
    socket: { type: 'string' },
    http: { type: 'string' },
    redis: { type: 'string' },
    modules: { type: 'string', default: '.' },
    seconds: { type: 'string', default: '5' },
    bytes: { type: 'string', default: '100' },
  },
});
const seconds = Number(values.seconds);
const data = 'x'.repeat(Number(values.bytes));

// What publishes, and how it is closed.
async function open() {
  if (values.redis) {
    const { createClient } = createRequire(path.resolve(values.modules, 'package.json'))('redis');
    const client = createClient({ url: `redis://127.0.0.1:${values.redis}` });
    await client.connect();
    const close = () => client.close();
    return { name: 'redis', publish: () => client.publish('bench', data), close };
  }
  if (values.http) {
    const publisher = new HttpPublisher({ socketPath: values.http });
    const close = () => publisher.close();
    return { name: 'ringcast-http', publish: () => publisher.publish('bench', data), close };
  }
  const publisher = new Publisher({ socket: values.socket });
  const close = () => publisher.close();
  return { name: 'ringcast', publish: () => publisher.publish('bench', data), close };
}

async function measure(name, publish, together) {
  const usage = process.cpuUsage();
  const start = performance.now();
  let events = 0;
  while (performance.now() - start < seconds * 1000) {
    if (together === 1) await publish();
    else await Promise.all(Array.from({ length: together }, publish));
    events += together;
  }
  const elapsed = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(usage);
  const line = {
    publisher: name,
    together,
    bytes: data.length,
    events,
    seconds: Number(elapsed.toFixed(2)),
    events_per_second: Math.round(events / elapsed),
    cpu_us_per_event: Number(((user + system) / events).toFixed(2)),
  };
  console.log(JSON.stringify(line));
}

async function main() {
  const { name, publish, close } = await open();
  // The compiler's work comes before.
  for (let i = 0; i < 20; i += 1) await Promise.all(Array.from({ length: 1000 }, publish));
  for (const together of [1, 1000]) await measure(name, publish, together);
  await close();
}

main();
