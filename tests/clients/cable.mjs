// The network between a client and the daemon: a TCP port that passes bytes on to the daemon's UNIX
// socket, can be cut, and counts what goes through. While it holds, those who connect wait, as they do in a
// socket that systemd keeps open over a restart.
import { once } from 'node:events';
import net from 'node:net';

export class Cable {
  connections = 0; // ever made by the client
  heartbeats = 0; // lines that are nothing but a colon

  static async to(socket) {
    const cable = new Cable();
    cable.pairs = new Set();
    cable.waiting = null; // those who wait, while it holds
    cable.server = net.createServer({ pauseOnConnect: true }, (near) => {
      cable.connections += 1;
      if (cable.waiting) cable.waiting.push(near);
      else cable.#join(near, socket);
    });
    cable.socket = socket;
    cable.server.listen(0, '127.0.0.1');
    await once(cable.server, 'listening');
    cable.url = `http://127.0.0.1:${cable.server.address().port}`;
    return cable;
  }

  hold() {
    this.waiting = [];
  }
  release() {
    for (const near of this.waiting) this.#join(near, this.socket);
    this.waiting = null;
  }

  #join(near, socket) {
    const far = net.connect(socket);
    const pair = { near, far };
    this.pairs.add(pair);
    const drop = () => {
      this.pairs.delete(pair);
      near.destroy();
      far.destroy();
    };
    // Each side's own end is passed on as such; whatever is wrong with one side ends both.
    near.on('error', drop).on('close', drop);
    far.on('error', drop);
    far.on('data', (bytes) => {
      // In a chunk of its own: its size, the comment, the ends of both.
      this.heartbeats += bytes.toString('latin1').split(':\n\r\n').length - 1;
    });
    near.resume();
    near.pipe(far);
    far.pipe(near);
  }

  // As when the network goes away: no end of the response.
  cut() {
    for (const { near, far } of this.pairs) {
      near.resetAndDestroy();
      far.destroy();
    }
  }

  async end() {
    this.cut();
    this.server.close();
    await once(this.server, 'close');
  }
}
