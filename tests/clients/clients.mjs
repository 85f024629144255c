// The clients, each behind one function: follow(url, follower) opens a stream the way its users
// would, tells the follower all it hears, and gives the function that closes it.
import { spawn } from 'node:child_process';
import readline from 'node:readline';

import { createEventSource } from 'eventsource-client';
import { EventSource as EventSource4 } from 'eventsource';
import EventSource2 from 'eventsource-2';
import { EventSource as LaunchDarkly } from 'launchdarkly-eventsource';
import { EventSource as Undici } from 'undici';

// All types of events that the scenarios publish or the daemon tells of.
export const TYPES = ['connected', 'message', 'progress', 'gap', 'end', 'overload'];

function standard(EventSource) {
  return (url, follower) => {
    const source = new EventSource(url);
    for (const type of TYPES) {
      source.addEventListener(type, (event) => {
        // One without data is the library's own: launchdarkly-eventsource says `end` of a response.
        if (event.data === undefined) follower.noteError();
        else follower.note(type, event.data, event.lastEventId);
      });
    }
    source.addEventListener('error', () => follower.noteError());
    return () => source.close();
  };
}

function eventsourceClient(url, follower) {
  const source = createEventSource({
    url,
    onMessage: ({ event, data, id }) => follower.note(event ?? 'message', data, id),
    onDisconnect: () => follower.noteError(),
  });
  return () => source.close();
}

const tail = (binary) => (url, follower) => {
  const child = spawn(binary, ['tail', '--json', url], { stdio: ['ignore', 'pipe', 'ignore'] });
  readline.createInterface({ input: child.stdout }).on('line', (line) => {
    const { event, data, id } = JSON.parse(line);
    follower.note(event ?? 'message', data, id);
  });
  child.on('exit', () => follower.noteError());
  return () => child.kill('SIGTERM');
};

// `browser` is browser.mjs's: what runs in a page of its own. `dropsUnread`: it reads with fetch, which
// forgets what has come and was not read yet when a response ends early.
export function allClients(binary, browser) {
  return [
    { name: 'Chromium', follow: browser.follower('EventSource') },
    { name: '`@microsoft/fetch-event-source`', follow: browser.follower('fetchEventSource'), dropsUnread: true },
    { name: '`event-source-polyfill`', follow: browser.follower('EventSourcePolyfill'), dropsUnread: true },
    { name: '`eventsource` 4', follow: standard(EventSource4) },
    { name: '`eventsource` 2', follow: standard(EventSource2) },
    { name: '`eventsource-client`', follow: eventsourceClient },
    { name: '`launchdarkly-eventsource`', follow: standard(LaunchDarkly) },
    { name: '`undici` 6', follow: standard(Undici) },
    { name: '`ringcast tail`', follow: tail(binary) },
  ];
}
