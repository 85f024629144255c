// A hook for React. All components of a page that ask for the same share one connection, and one
// that is unmounted and mounted again at once (StrictMode) keeps it. Nothing happens on a server.
import { useCallback, useMemo, useSyncExternalStore } from "react";
import { connect, type Client, type Details, type Gap, type Options } from "./connect.js";
import type { State, StreamError } from "./message.js";

export interface HookOptions
  extends Omit<Options, "onState" | "onConnected" | "onGap" | "onEnd" | "onError"> {
  /** Event types to follow; by default those without a type. */
  types?: readonly string[];
  /** How many of the latest events `events` holds; 0 by default. */
  keep?: number;
}

export interface HookEvent<Data> extends Details {
  data: Data;
}

export interface HookResult<Data> {
  /** Of the latest event. */
  data: Data | undefined;
  /** The latest events, the newest last. */
  events: readonly HookEvent<Data>[];
  state: State;
  lastId: string;
  /** The latest gap. */
  gap: Gap | undefined;
  /** Why the stream is not there, while it is not. */
  error: StreamError | undefined;
}

// A component that is replaced takes less time.
const KEPT_MS = 500;

const IDLE: HookResult<never> = {
  data: undefined,
  events: [],
  state: "connecting",
  lastId: "",
  gap: undefined,
  error: undefined,
};

class Shared {
  now: HookResult<unknown> = IDLE;
  private client: Client<Record<string, unknown>> | undefined;
  private readonly watchers = new Set<() => void>();
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly options: HookOptions,
    private readonly forget: () => void,
  ) {}

  watch(watcher: () => void): () => void {
    clearTimeout(this.timer);
    this.watchers.add(watcher);
    this.client ??= this.open();
    return () => {
      this.watchers.delete(watcher);
      if (!this.watchers.size) this.timer = setTimeout(() => this.close(), KEPT_MS);
    };
  }

  private open(): Client<Record<string, unknown>> {
    const { types = ["message"], keep = 0, ...options } = this.options;
    const client: Client<Record<string, unknown>> = connect<Record<string, unknown>>({
      ...options,
      onState: (state) => this.set(state === "open" ? { state, error: undefined } : { state }),
      onConnected: () => this.set({ lastId: client.lastId }),
      onGap: (gap) => this.set({ gap }),
      onError: (error) => this.set({ error }),
    });
    for (const type of types) {
      client.on(type, (data, { id }) => {
        const events = keep ? [...this.now.events, { data, id, type }].slice(-keep) : [];
        this.set({ data, events, lastId: id });
      });
    }
    return client;
  }

  private close(): void {
    this.client?.close();
    this.forget();
  }

  private set(part: Partial<HookResult<unknown>>): void {
    this.now = { ...this.now, ...part };
    for (const watcher of this.watchers) watcher();
  }
}

const all = new Map<string, Shared>();

// Functions take no part in the key: those of whoever came first are used.
function sharedBy(key: string, options: HookOptions): Shared {
  const known = all.get(key);
  if (known) return known;
  const made = new Shared(options, () => all.delete(key));
  all.set(key, made);
  return made;
}

/** Follows a stream while the component is mounted; `null`: none. */
export function useSSE<Data = string>(
  url: string | URL | null,
  options: HookOptions = {},
): HookResult<Data> {
  const key = url === null ? "" : JSON.stringify({ ...options, url });
  // Equal options make an equal key, whichever object they come in.
  const asked = useMemo(() => (url === null ? undefined : { ...options, url }), [key]);
  const subscribe = useCallback(
    (watcher: () => void) => (asked ? sharedBy(key, asked).watch(watcher) : () => {}),
    [key, asked],
  );
  const snapshot = () => (all.get(key)?.now ?? IDLE) as HookResult<Data>;
  return useSyncExternalStore(subscribe, snapshot, () => IDLE);
}
