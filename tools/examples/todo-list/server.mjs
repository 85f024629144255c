// A list that everybody sees change. The list itself is the application's; events say what changed.
import { randomUUID } from 'node:crypto';

import { Publisher } from '../../node/index.js';
import { folderOf, HttpError, serve, socket, streams } from '../shared/http.mjs';

const todos = new Map();
const ringcast = new Publisher({ socket });

// A change is answered when it is on its way to everybody.
const tell = (event, todo) => ringcast.publish('todos', todo, { event });

function find(id) {
  const todo = todos.get(id);
  if (!todo) throw new HttpError(404, 'no such todo');
  return todo;
}

serve(folderOf(import.meta.url), {
  'GET /api/todos': () => ({ todos: [...todos.values()], stream: `${streams}/events/todos` }),
  'POST /api/todos': async ({ body }) => {
    if (typeof body.text !== 'string' || body.text === '') throw new HttpError(400, 'text is missing');
    const todo = { id: randomUUID(), text: body.text, done: false };
    todos.set(todo.id, todo);
    await tell('added', todo);
    return todo;
  },
  'PATCH /api/todos/{id}': async ({ id, body }) => {
    const todo = Object.assign(find(id), { done: Boolean(body.done) });
    await tell('changed', todo);
    return todo;
  },
  'DELETE /api/todos/{id}': async ({ id }) => {
    const todo = find(id);
    todos.delete(id);
    await tell('removed', todo);
  },
});
