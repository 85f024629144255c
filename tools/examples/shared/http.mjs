// What the examples' applications have in common, so that each shows only what it is about: pages from
// their folder, JSON in and out, and a Ringcast publisher.
import { createReadStream } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const streams = process.env.RINGCAST_URL ?? 'http://localhost:8080';
export const socket = process.env.RINGCAST_SOCKET ?? '/run/ringcast/publish.sock';

async function readJson(request) {
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  return pieces.length === 0 ? {} : JSON.parse(Buffer.concat(pieces).toString('utf8'));
}

export class HttpError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

// routes: { 'POST /api/x/{id}': async ({ id, body, request, response }) => answer }. What a handler
// returns is answered as JSON; GET / is the page of the folder.
export function serve(folder, routes) {
  const table = Object.entries(routes).map(([key, handler]) => {
    const [method, pattern] = key.split(' ');
    const source = pattern.replace(/\{(\w+)\}/g, '(?<$1>[^/]+)');
    return { method, pattern: new RegExp(`^${source}$`), handler };
  });
  const server = http.createServer(async (request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    try {
      if (request.method === 'GET' && pathname === '/') {
        response.setHeader('Content-Type', 'text/html; charset=utf-8');
        createReadStream(path.join(folder, 'index.html')).pipe(response);
        return;
      }
      for (const { method, pattern, handler } of table) {
        const match = request.method === method && pattern.exec(pathname);
        if (!match) continue;
        const body = await readJson(request);
        const answer = await handler({ ...match.groups, body, request, response });
        response.setHeader('Content-Type', 'application/json');
        response.end(JSON.stringify(answer ?? {}));
        return;
      }
      throw new HttpError(404, 'no such resource');
    } catch (error) {
      if (!(error instanceof HttpError)) console.error(error);
      response.writeHead(error.status ?? 500, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify({ error: error.message }));
    }
  });
  const port = Number(process.env.PORT ?? 3000);
  server.listen(port, '127.0.0.1', () => console.log(`open http://localhost:${port}/`));
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(0));
  return server;
}

export const folderOf = (url) => path.dirname(fileURLToPath(url));
