// The package as others get it: packed, installed, loaded in both ways, and its types.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { before, after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { Daemon } from './daemon.mjs';

const PACKAGE = fileURLToPath(new URL('../../tools/node', import.meta.url));
const MODULES = process.env.RINGCAST_NODE_MODULES;
const run = promisify(execFile);

let place; // a program's directory, with the package installed

before(async () => {
  assert.ok(MODULES, 'tests/node/run_with_packages runs this test');
  place = await mkdtemp(path.join(os.tmpdir(), 'ringcast-package-'));
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', place, PACKAGE]);
  const [{ filename }] = JSON.parse(stdout);
  await writeFile(path.join(place, 'package.json'), '{ "name": "program", "private": true }');
  const quiet = ['--offline', '--no-audit', '--no-fund'];
  await run('npm', ['install', ...quiet, path.join(place, filename)], { cwd: place });
  await symlink(path.join(MODULES, '@types'), path.join(place, 'node_modules', '@types'));
});

after(() => rm(place, { recursive: true, force: true }));

async function program(name, text, ...arguments_) {
  await writeFile(path.join(place, name), text);
  return (await run(process.execPath, [name, ...arguments_], { cwd: place })).stdout;
}

// What the compiler complains of.
async function compile(...arguments_) {
  const tsc = path.join(MODULES, 'typescript', 'bin', 'tsc');
  const strict = ['--noEmit', '--strict', '--target', 'es2022', '--module', 'node16'];
  try {
    await run(process.execPath, [tsc, ...strict, '--types', 'node', ...arguments_], { cwd: place });
    return '';
  } catch (error) {
    return `${error.message}\n${error.stdout}`;
  }
}

test('it is packed with what it needs, and nothing else', async () => {
  const { stdout } = await run('npm', ['pack', '--dry-run', '--json', PACKAGE]);
  const [{ files, name }] = JSON.parse(stdout);
  const modules = (await readdir(path.join(PACKAGE, 'lib'))).map((file) => `lib/${file}`);
  const top = ['README.md', 'index.cjs', 'index.d.cts', 'index.d.ts', 'index.js', 'package.json'];
  assert.equal(name, 'ringcast');
  assert.deepEqual(files.map((file) => file.path).sort(), [...top, ...modules].sort());
});

const PUBLISH = `
  const publisher = new Publisher({ socket: process.argv[2] });
  publisher.publish('a', 'x').then(async (id) => {
    console.log(/^\\d+-\\d+$/.test(id));
    await publisher.publish('not ok', 'x').catch((error) => console.log(error instanceof RingcastError));
    await publisher.close();
  });`;

test('it is loaded by import and by require', async (t) => {
  const daemon = await Daemon.start(t);
  const esm = `import { Publisher, RingcastError } from 'ringcast';${PUBLISH}`;
  const cjs = `const { Publisher, RingcastError } = require('ringcast');${PUBLISH}`;
  assert.equal(await program('program.mjs', esm, daemon.publishSocket), 'true\ntrue\n');
  assert.equal(await program('program.cjs', cjs, daemon.publishSocket), 'true\ntrue\n');
  const both = `
    import { createRequire } from 'node:module';
    import * as imported from 'ringcast';
    const required = createRequire(import.meta.url)('ringcast');
    console.log(Object.keys(required).every((name) => required[name] === imported[name]));`;
  assert.equal(await program('both.mjs', both), 'true\n');
});

const TYPED = `
  const publisher = new Publisher({ socket: '/a', windowBytes: 1 << 20 });
  publisher.on('disconnect', (error) => error.code.length);
  const id: Promise<string> = publisher.publish('a', { any: [1] }, { event: 't' });
  const bytes: number = publisher.unansweredBytes;
  const remote = new HttpPublisher({ url: 'http://a', token: async () => 'b' });
  const results = remote.publishMany([{ channel: 'a', data: new Uint8Array(1), key: 'k' }]);
  results.then(([result]) => (result.error ? result.error.code : result.id.length));
  remote.channel('a').create({ historyTtl: '10m' }).then((isNew: boolean) => isNew);
  remote.channel('a').info().then((info) => info?.history.events);
  if (new Error() instanceof RingcastError) throw new RingcastError('CODE', 'text');
  // @ts-expect-error a channel is missing
  publisher.publish('x');
  // @ts-expect-error undefined is no data
  publisher.publish('a', undefined);
  // @ts-expect-error no such option
  new Publisher({ sockets: '/a' });
  // @ts-expect-error no such event
  publisher.on('disconnected', () => {});
  // @ts-expect-error ids are strings
  const wrong: Promise<number> = publisher.publish('a', 'x');
  export { id, bytes, wrong };`;

test('its types hold in modules of both kinds', async () => {
  const text = `import { HttpPublisher, Publisher, RingcastError } from 'ringcast';${TYPED}`;
  for (const name of ['typed.mts', 'typed.cts']) {
    await writeFile(path.join(place, name), text);
    assert.equal(await compile(name), '', name);
  }
});

test('its sources keep to their types', async () => {
  const options = ['--allowJs', '--checkJs', '--typeRoots', path.join(MODULES, '@types')];
  assert.equal(
    await compile(...options, path.join(PACKAGE, 'index.cjs'), path.join(PACKAGE, 'index.js')),
    '',
  );
});
