// A publish server made of a script, for what a real one does not do on request: it greets as it is
// told to, answers so many frames, and breaks off.
import net from 'node:net';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

export function hello(version = 1) {
  const bytes = Buffer.alloc(16);
  bytes.write('\xc5RCP', 'latin1');
  bytes[4] = version;
  bytes.writeUInt32LE(1 << 20, 8);
  bytes.writeUInt32LE(1 << 18, 12);
  return bytes;
}

export function ack(request, numbers) {
  const bytes = Buffer.alloc(16 + 16 * numbers.length);
  bytes.writeUInt32LE(bytes.length - 4, 0);
  bytes[4] = 0x81;
  bytes.writeUInt16LE(numbers.length, 6);
  bytes.writeBigUInt64LE(BigInt(request), 8);
  numbers.forEach((number, i) => {
    bytes.writeBigUInt64LE(1n, 16 + 16 * i);
    bytes.writeBigUInt64LE(BigInt(number), 24 + 16 * i);
  });
  return bytes;
}

// A nack (kind 0x82) or an error (0x83).
export function refusal(kind, request, code, text) {
  const content = Buffer.from(text);
  const bytes = Buffer.alloc(16);
  bytes.writeUInt32LE(12 + content.length, 0);
  bytes[4] = kind;
  bytes[5] = code;
  bytes.writeUInt16LE(content.length, 6);
  bytes.writeBigUInt64LE(BigInt(request), 8);
  return Buffer.concat([bytes, content]);
}

export class FakeServer {
  // manners: of the first connections, each { greeting, answers, farewell }: what is sent first,
  // how many frames are answered with an ack, and what is sent before the end that comes with the
  // next frame. Those after them answer everything.
  static async start(test, manners) {
    const server = new FakeServer();
    server.directory = await mkdtemp(path.join(os.tmpdir(), 'ringcast-fake-'));
    server.path = path.join(server.directory, 'publish.sock');
    server.manners = manners;
    server.frames = []; // { connection, request, channel, type, data }
    server.connections = 0;
    server.number = 0;
    server.listener = net.createServer((socket) => server.#serve(socket));
    await new Promise((resolve) => {
      server.listener.listen(server.path, resolve);
    });
    test.after(async () => {
      server.listener.close();
      server.sockets.forEach((socket) => socket.destroy());
      await rm(server.directory, { recursive: true, force: true });
    });
    return server;
  }

  sockets = new Set();

  #serve(socket) {
    const connection = this.connections;
    this.connections += 1;
    const { greeting = hello(), answers = Infinity, farewell } = this.manners[connection] ?? {};
    let bytes = Buffer.alloc(0);
    let greeted = false;
    let answered = 0;
    this.sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => this.sockets.delete(socket));
    socket.write(greeting);
    socket.on('data', (piece) => {
      bytes = Buffer.concat([bytes, piece]);
      if (!greeted) {
        if (bytes.length < 8) return;
        bytes = bytes.subarray(8);
        greeted = true;
      }
      while (bytes.length >= 16 && bytes.length >= bytes.readUInt32LE(0) + 4) {
        const length = bytes.readUInt32LE(0) + 4;
        const frame = this.#takeFrame(connection, bytes.subarray(0, length));
        bytes = bytes.subarray(length);
        if (answered === answers) {
          socket.end(farewell);
          return;
        }
        answered += 1;
        this.number += 1;
        socket.write(ack(frame.request, [this.number]));
      }
    });
  }

  #takeFrame(connection, bytes) {
    const channelEnd = 16 + bytes.readUInt16LE(6);
    const typeEnd = channelEnd + bytes[5];
    const frame = {
      connection,
      request: Number(bytes.readBigUInt64LE(8)),
      channel: bytes.toString('utf8', 16, channelEnd),
      type: bytes.toString('utf8', channelEnd, typeEnd),
      data: bytes.toString('utf8', typeEnd),
    };
    this.frames.push(frame);
    return frame;
  }
}
