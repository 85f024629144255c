// Server-Sent Events on Express as most programs write them: a Set of responses for each channel,
// and a loop of write() for each event. What write() answers is not looked at: for a client that
// does not read, memory grows without bound.
//
//   PORT        where it listens
//   REDIS_PORT  a Redis on this machine: a process for each core, joined by its pub/sub, as Express
//               is scaled beyond one. Not set: one process, which delivers what it is told
'use strict';

const cluster = require('node:cluster');
const os = require('node:os');
const express = require('express');

const backlog = 65535; // the kernel clamps it to net.core.somaxconn
const prefix = 'events:'; // of a channel's name in Redis
const channels = new Map();
let lastId = 0;

function deliver(channel, data) {
  const clients = channels.get(channel);
  if (!clients) return 0;
  lastId += 1;
  const block = `id: ${lastId}\ndata: ${data}\n\n`;
  for (const client of clients) client.write(block);
  return clients.size;
}

function subscribe(request, response) {
  const name = request.params.channel;
  response.writeHead(200, {
    'Content-Type': 'text/event-stream',
    'Cache-Control': 'no-cache',
    Connection: 'keep-alive',
  });
  response.write(': connected\n\n');
  let clients = channels.get(name);
  if (!clients) channels.set(name, (clients = new Set()));
  clients.add(response);
  request.on('close', () => {
    clients.delete(response);
    if (clients.size === 0 && channels.get(name) === clients) channels.delete(name);
  });
}

// A function that publishes, and answers how many clients or processes have the event.
async function publisher() {
  if (!process.env.REDIS_PORT) return deliver;
  const { createClient } = require('redis');
  const client = createClient({ url: `redis://127.0.0.1:${process.env.REDIS_PORT}` });
  client.on('error', (error) => console.error('redis:', error.message));
  await client.connect();
  const listener = client.duplicate();
  listener.on('error', (error) => console.error('redis:', error.message));
  await listener.connect();
  await listener.pSubscribe(`${prefix}*`, (data, name) => deliver(name.slice(prefix.length), data));
  return (channel, data) => client.publish(prefix + channel, data);
}

async function serve() {
  const publish = await publisher();
  const app = express();
  app.get('/events/:channel', subscribe);
  const text = express.text({ type: '*/*', limit: '1mb' });
  app.post('/publish/:channel', text, async (request, response) => {
    response.json({ receivers: await publish(request.params.channel, request.body) });
  });
  const server = app.listen({ port: Number(process.env.PORT), host: '0.0.0.0', backlog });
  server.keepAliveTimeout = 3600 * 1000; // a publisher's connection is kept
  server.headersTimeout = server.keepAliveTimeout + 1000;
}

if (process.env.REDIS_PORT && cluster.isPrimary) {
  for (let i = 0; i < os.availableParallelism(); i += 1) cluster.fork();
} else {
  serve();
}
