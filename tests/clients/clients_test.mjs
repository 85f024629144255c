// Every client through every scenario, at once, each with a daemon and a cable of its own. The table in
// the README.md that is named has to say what came out; with --write it is written there.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import net from 'node:net';

import { Browser } from './browser.mjs';
import { Cable } from './cable.mjs';
import { allClients } from './clients.mjs';
import { Daemon } from './daemon.mjs';
import { play, SCENARIOS } from './scenarios.mjs';

const [README, mode] = process.argv.slice(2);
const FENCE = /(<!-- clients -->\n)[\s\S]*?(<!-- \/clients -->)/;

// A subscriber that holds its place until it is destroyed.
function occupy(socket) {
  return new Promise((resolve, reject) => {
    const connection = net.connect(socket);
    connection.on('error', reject);
    connection.once('data', () => resolve(connection));
    connection.write('GET /events/taken HTTP/1.1\r\nHost: localhost\r\n\r\n');
  });
}

async function runClient(binary, client, number) {
  const cells = [];
  for (const [index, scenario] of SCENARIOS.entries()) {
    const daemon = await Daemon.start(binary, ...(scenario.options ?? []));
    const cable = await Cable.to(daemon.socket);
    const stage = { daemon, cable, occupy, channel: `client-${number}-${index}` };
    try {
      cells.push(await play(scenario, client, stage));
    } catch (error) {
      cells.push('NO');
      console.error(`${client.name}, ${scenario.name}: ${error.stack}\n${daemon.log}`);
    } finally {
      await cable.end();
      await daemon.end();
    }
  }
  return cells;
}

function table(clients, results) {
  const row = (cells) => `| ${cells.join(' | ')} |\n`;
  let text = row(['client', ...SCENARIOS.map((scenario) => scenario.name)]);
  text += row(['---', ...SCENARIOS.map(() => '---')]);
  clients.forEach((client, index) => (text += row([client.name, ...results[index]])));
  return text;
}

const binary = process.env.RINGCAST_BINARY;
assert.ok(binary, 'RINGCAST_BINARY must name the daemon');
const browser = await Browser.open();
let written;
try {
  const clients = allClients(binary, browser);
  written = table(clients, await Promise.all(clients.map((client, index) => runClient(binary, client, index))));
} finally {
  await browser.end();
}
console.log(written);
const readme = await readFile(README, 'utf8');
const renewed = readme.replace(FENCE, `$1${written}$2`);
if (mode === '--write') {
  await writeFile(README, renewed);
} else {
  assert.equal(readme, renewed, 'the table in README.md says otherwise');
}
process.exit(0);
