// Notifications for the user who has logged in. The cookie that the application sets is the token that
// Ringcast reads, so there is nothing else to ask for.
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';

import { Publisher } from '../../node/index.js';
import { folderOf, HttpError, serve, socket, streams } from '../shared/http.mjs';

const secret = readFileSync(process.env.SECRET_FILE);
const ringcast = new Publisher({ socket });
const USERS = ['anna', 'ben'];
const LIFETIME_S = Number(process.env.LIFETIME_S ?? 3600);

function token(user) {
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = { sub: user, exp: Math.floor(Date.now() / 1000) + LIFETIME_S };
  const text = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`;
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}

function known(user) {
  if (!USERS.includes(user)) throw new HttpError(400, `user: give one of ${USERS.join(', ')}`);
  return user;
}

serve(folderOf(import.meta.url), {
  'POST /api/login': ({ body, response }) => {
    const value = token(known(body.user));
    response.setHeader('Set-Cookie', `session=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${LIFETIME_S}`);
    return { user: body.user, stream: `${streams}/api/notifications/stream` };
  },
  'POST /api/notify/{user}': async ({ user, body }) => ({
    id: await ringcast.publish(`user:${known(user)}`, { text: String(body.text), at: Date.now() }, { event: 'notification' }),
  }),
});
