// The client: what an application registers, and which streams it takes to serve that.
import {
  SERVER_EVENTS,
  isAfter,
  startOf,
  type Message,
  type Source,
  type State,
  type StreamError,
} from "./message.js";
import { MOST_CHANNELS, Share } from "./share.js";
import { Stream, type StreamOptions } from "./stream.js";

/** What cannot be replayed of a channel: it is told, never skipped. */
export interface Gap {
  channel: string;
  from: string | null;
  to: string | null;
  reason: "expired" | "restart" | "slow" | "unknown-id";
}

export interface Options {
  /** Where the stream is; "/events" by default. */
  url?: string | URL;
  /** Channels, added to the address; 64 to a stream. */
  channels?: readonly string[];
  /** Data is JSON, and handed over parsed. */
  json?: boolean;
  /** One connection for all tabs that follow the same. */
  share?: boolean;
  /**
   * The channel that an event came on. With it tabs that want different channels share one
   * connection as well.
   */
  channelOf?: (message: Message) => string;
  /** Asked for a token before each connection. */
  token?: () => string | Promise<string>;
  /** The query parameter that carries it; "access_token" by default. */
  tokenParam?: string;
  /** Sends cookies to another origin. */
  withCredentials?: boolean;
  /** Resumes behind this event. */
  lastEventId?: string;
  /** Milliseconds; by default 1,000 and 30,000. */
  backoff?: { min?: number; max?: number };
  onState?: (state: State) => void;
  /** How the stream starts: "live", "resumed" or "gap". */
  onConnected?: (start: string) => void;
  onGap?: (gap: Gap) => void;
  /** A channel has ended. */
  onEnd?: (channel: string) => void;
  /** The stream was refused, or lost in a way that EventSource does not mend; or data is no JSON. */
  onError?: (error: StreamError) => void;
}

export interface Details {
  id: string;
  type: string;
}

/** `Events`: names of event types, and what their data is. */
export interface Client<Events extends object> {
  readonly state: State;
  /** The position to resume from. */
  readonly lastId: string;
  /** Calls `listener` for each event of a type; "message" are those without one. Returns what ends it. */
  on<Type extends keyof Events & string>(
    type: Type,
    listener: (data: Events[Type], details: Details) => void,
  ): () => void;
  close(): void;
}

// From the one that serves least to the one that serves best.
const STATES: readonly State[] = ["connecting", "waiting", "open", "closed"];

/** Follows a stream, until it is closed or the server has no more. */
export function connect<Events extends object = Record<string, string>>(
  target: string | URL | Options = {},
  more: Options = {},
): Client<Events> {
  const options: Options =
    typeof target === "string" || target instanceof URL
      ? { ...more, url: target }
      : { ...target, ...more };
  const listeners = new Map<string, Set<(data: never, details: Details) => void>>();
  let state: State = "connecting";

  const read = (message: Message): unknown => {
    if (!options.json) return message.data;
    try {
      return JSON.parse(message.data);
    } catch {
      options.onError?.({
        status: 200,
        retry: false,
        message: `the data of ${message.id} is no JSON`,
      });
      return undefined;
    }
  };

  const dispatch = (message: Message): void => {
    const { type, id } = message;
    if (type === "connected") options.onConnected?.(startOf(message));
    if (type === "gap") options.onGap?.(JSON.parse(message.data) as Gap);
    if (type === "end") {
      options.onEnd?.((JSON.parse(message.data) as { channel: string }).channel);
    }
    const called = listeners.get(type);
    if (!called) return;
    const data = SERVER_EVENTS.includes(type) ? message.data : read(message);
    if (data !== undefined) for (const each of [...called]) each(data as never, { id, type });
  };

  const become = (next: State): void => {
    if (state === next) return;
    state = next;
    options.onState?.(state);
  };

  const sources: Source[] = [];
  const states: State[] = [];
  for (const names of channelSets(options)) {
    const url = addressOf(options, names);
    const at = states.push("connecting") - 1;
    const listener = {
      event: dispatch,
      state: (own: State, error?: StreamError) => {
        states[at] = own;
        if (error) options.onError?.(error);
        const all = STATES.find((each) => states.includes(each))!;
        become(all);
      },
    };
    const { token, tokenParam = "access_token", withCredentials = false, backoff } = options;
    const own: StreamOptions = {
      url,
      withCredentials,
      lastEventId: options.lastEventId ?? "",
      token,
      tokenParam,
      backoff: { min: 1000, max: 30000, ...backoff },
    };
    if (!options.share || typeof BroadcastChannel !== "function") {
      sources.push(new Stream(own, listener));
      continue;
    }
    const { channelOf } = options;
    const group = `ringcast ${withCredentials ? "with credentials " : ""}`;
    sources.push(
      channelOf && names.length
        ? new Share(`${group}any of ${addressOf(options, [])}`, own, listener, {
            mine: names,
            channelOf,
            address: (all) => addressOf(options, all),
          })
        : new Share(group + url, own, listener),
    );
  }

  return {
    get state() {
      return state;
    },
    get lastId() {
      // Of several streams the one that is behind the others.
      return sources.map((each) => each.lastId).reduce((a, b) => (isAfter(a, b) ? b : a));
    },
    on(type, listener) {
      const all = listeners.get(type) ?? new Set();
      listeners.set(type, all.add(listener as (data: never, details: Details) => void));
      for (const source of sources) source.listen(type);
      return () => void all.delete(listener as (data: never, details: Details) => void);
    },
    close() {
      for (const source of sources) source.close();
      become("closed");
    },
  };
}

// One for each stream. Equal sets are equal, whatever their order.
function channelSets({ channels = [] }: Options): string[][] {
  const names = [...new Set(channels)].sort();
  const sets: string[][] = [];
  do sets.push(names.splice(0, MOST_CHANNELS));
  while (names.length);
  return sets;
}

function addressOf({ url = "/events" }: Options, channels: Iterable<string>): string {
  const address = new URL(url, location.href);
  for (const name of channels) address.searchParams.append("channel", name);
  return address.href;
}
