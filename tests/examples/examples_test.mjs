// Each example of tools/examples, used in a browser as its reader would.
import assert from 'node:assert/strict';
import test from 'node:test';

import { Example, shows } from './example.mjs';

function example(name, environment, use) {
  test(name, { timeout: 120_000 }, async () => {
    const running = await Example.start(name, environment);
    try {
      await use(running);
    } finally {
      await running.end();
    }
  });
}

example('ai-tokens', { TOKEN_MS: '20' }, async ({ page, streams }) => {
  await page.fill('[name=prompt]', 'Does it work?');
  await page.click('button');
  await shows(page, '#state', 'done');
  const answer = await page.textContent('#answer');
  assert.match(answer, /^You asked: "Does it work\?"\. .*own\.\n\nTokens may hold .* exactly what it missed\.$/s);
  // Nobody has asked for this answer.
  assert.equal((await fetch(`${streams}/api/chat/unknown/stream`)).status, 404);
});

example('session-console', {}, async ({ page, streams }) => {
  await shows(page, '#state', 'connected');
  await page.selectOption('[name=command]', 'count');
  await page.click('button:has-text("Run")');
  await shows(page, 'pre', '[0]');
  const numbers = Array.from({ length: 20 }, (_, index) => `${index + 1}\n`).join('');
  assert.equal(await page.textContent('pre'), `$ count\n${numbers}[0]\n`);
  assert.equal((await fetch(`${streams}/api/session/unknown/events`)).status, 404);
  await page.click('#end');
  await shows(page, '#state', 'ended');
});

example('todo-list', {}, async (running) => {
  const other = await running.open();
  await shows(running.page, '#state', 'live');
  await shows(other, '#state', 'live');
  await running.page.fill('[name=text]', 'buy bread');
  await running.page.click('button:has-text("Add")');
  await shows(other, 'li', 'buy bread');
  await other.click('li button:has-text("done")');
  await shows(running.page, 'li.done', 'buy bread');
  // Who comes later loads the state first.
  const late = await running.open();
  await shows(late, 'li.done', 'buy bread');
  await late.click('li button:has-text("remove")');
  await running.page.waitForFunction(() => document.querySelectorAll('li').length === 0);
  await other.waitForFunction(() => document.querySelectorAll('li').length === 0);
});

example('notifications', {}, async (running) => {
  const anna = running.page;
  const ben = await running.open();
  await anna.click('[data-user=anna]');
  await ben.click('[data-user=ben]');
  await shows(anna, '#state', 'you are anna');
  await shows(ben, '#state', 'you are ben');
  await ben.selectOption('[name=user]', 'anna');
  await ben.fill('[name=text]', 'Hello from Ben');
  await ben.click('button:has-text("Send")');
  await shows(anna, 'li', 'Hello from Ben');
  await running.post('/api/notify/ben', { text: 'For Ben alone' });
  await shows(ben, 'li', 'For Ben alone');
  assert.equal(await anna.locator('li').count(), 1);
  assert.equal(await ben.locator('li').count(), 1);
  // Nobody without a token, whatever they ask for.
  const stranger = await fetch(`${running.streams}/api/notifications/stream`);
  assert.equal(stranger.status, 401);
});

for (const server of ['before.mjs', 'server.mjs']) {
  example('express', { STEP_MS: '50', SERVER: server }, async ({ page }) => {
    await page.click('button');
    await page.click('button');
    for (const job of [1, 2]) await shows(page, 'li', `job ${job}: done, 12 pages`);
    assert.equal(await page.locator('li').count(), 2);
  });
}

example('bullmq', { STEP_MS: '100' }, async ({ page }) => {
  await page.click('button');
  await shows(page, 'li', 'report 1');
  await page.click('button');
  await shows(page, 'li', 'done, 12 pages');
  await page.waitForFunction(() => [...document.querySelectorAll('li')].every((li) => li.textContent.includes('done')));
  assert.equal(await page.locator('li').count(), 2);
  const bars = await page.locator('progress').evaluateAll((all) => all.map((bar) => bar.value));
  assert.deepEqual(bars, [100, 100]);
});
