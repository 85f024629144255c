// The types of both ways to load the package: index.d.ts passes them on for `import`.
/// <reference types="node" />
import { EventEmitter } from 'node:events';

/**
 * Why an event was not published.
 *
 * Refused by the server: `INVALID_CHANNEL`, `INVALID_TYPE`, `INVALID_DATA` (no UTF-8), `TOO_LARGE`,
 * `UNKNOWN_CHANNEL`, `UNAVAILABLE`, `UNAUTHORIZED`, `FORBIDDEN`, `KEY_REUSED`, `REFUSED`.
 * Not answered: `TIMEOUT`, `QUEUE_FULL`, `CLOSED`, `DISCONNECTED`, `BUSY`, `DEADLINE`, `PROTOCOL`.
 * Not even sent: `INVALID_KEY`, and the first four of the server's where no frame could hold it.
 */
export class RingcastError extends Error {
  readonly code: string;
  /** Of the event or request. */
  readonly channel?: string;
  /** What the server said. */
  readonly reason?: string;
  /** Of an HTTP answer. */
  readonly status?: number;
  readonly cause?: unknown;
  constructor(
    code: string,
    message: string,
    facts?: { channel?: string; reason?: string; status?: number; cause?: unknown },
  );
}

/** A string and bytes are sent as they are, anything else as compact JSON. */
export type EventData =
  string | number | boolean | null | object | ArrayBuffer | NodeJS.ArrayBufferView;

export interface PublisherOptions {
  /** Path of the server's publish socket. Default: where `ringcast pub` looks for it. */
  socket?: string;
  /** Bytes written and unanswered; beyond it events wait, `ready()` with them. Default: 4 MiB. */
  windowBytes?: number;
  /** Bytes held at all; beyond it `publish` rejects with `QUEUE_FULL`. Default: 64 MiB. */
  maxQueueBytes?: number;
  /** Milliseconds after which an event without an answer is given up; 0: never. Default: 60 s. */
  timeout?: number;
  /** Milliseconds of back-off, from first to longest, doubling, jittered. Defaults: 20, 2,000. */
  firstBackOff?: number;
  maxBackOff?: number;
  /**
   * Whether events have idempotency keys, so that one that is sent again after a connection broke is
   * published once, unless the server has forgotten it: after its `idempotency-window`, or a
   * restart. Default: false.
   */
  idempotency?: boolean;
}

export interface PublishOptions {
  /**
   * Events with the same key on the same channel are published once within the server's window. A
   * `Publisher` needs `idempotency` for it.
   */
  key?: string;
  /** The event's type; none is the default type, `message`. */
  event?: string;
  /**
   * Rejects with the signal's reason. What was not written yet is not published; what was may be.
   */
  signal?: AbortSignal;
}

export interface PublisherEvents {
  connect: [];
  /** The connection broke. What has no answer is sent again. */
  disconnect: [error: RingcastError];
  /** An attempt to connect failed; the next one follows while events wait. */
  unreachable: [error: RingcastError];
}

export class Publisher extends EventEmitter {
  constructor(options?: PublisherOptions);
  /** Resolves with the event's id when it is ordered, stored and on its way to all subscribers. */
  publish(channel: string, data: EventData, options?: PublishOptions): Promise<string>;
  /** Resolves when less than `windowBytes` wait for their answers. */
  ready(): Promise<void>;
  /** Connects now, with one attempt. Optional: the first event connects otherwise. */
  connect(): Promise<void>;
  /** Takes no more events; resolves when all have their answer. */
  close(): Promise<void>;
  /** Ends at once; what has no answer is rejected. */
  destroy(): Promise<void>;
  /** Events whose promise is not settled. */
  readonly unanswered: number;
  /** Bytes of frames without an answer. */
  readonly unansweredBytes: number;
  readonly connected: boolean;

  on<E extends keyof PublisherEvents>(
    event: E,
    listener: (...args: PublisherEvents[E]) => void,
  ): this;
  once<E extends keyof PublisherEvents>(
    event: E,
    listener: (...args: PublisherEvents[E]) => void,
  ): this;
  off<E extends keyof PublisherEvents>(
    event: E,
    listener: (...args: PublisherEvents[E]) => void,
  ): this;
}

export interface HttpPublisherOptions {
  /** `http://HOST:PORT` or `https://HOST`, of a publish listener or the proxy in front of it. */
  url?: string;
  /** Or the path of the publish socket. Default: where `ringcast pub` looks for it. */
  socketPath?: string;
  /** Sent as `Authorization: Bearer`. A function is asked for each request, and after a 401. */
  token?: string | (() => string | Promise<string>);
  /** Milliseconds for a request with all its attempts. Default: 30 s. */
  timeout?: number;
  /** Milliseconds for one attempt. Default: 10 s. */
  attemptTimeout?: number;
  /** Connections at most; requests beyond them wait. Default: 4. */
  connections?: number;
  /**
   * Whether events without a key get one, so that a request may be sent again. Default: true.
   * False suits a server whose `idempotency-window` is off: then only what surely was not read is
   * sent again.
   */
  idempotency?: boolean;
}

export interface OutgoingEvent {
  channel: string;
  data: EventData;
  event?: string;
  key?: string;
}

export type PublishResult =
  | { id: string; subscribers?: number; duplicate?: true; error?: undefined }
  | { error: RingcastError; id?: undefined };

export class HttpPublisher {
  constructor(options?: HttpPublisherOptions);
  /** Resolves with the event's id. */
  publish(channel: string, data: EventData, options?: PublishOptions): Promise<string>;
  /** Publishes all in this order; tells in its place what became of each. */
  publishMany(
    events: Iterable<OutgoingEvent>,
    options?: { signal?: AbortSignal },
  ): Promise<PublishResult[]>;
  channel(name: string): Channel;
  /** Closes the connections that are kept for later requests. */
  close(): void;
}

export interface ChannelInfo {
  channel: string;
  subscribers: number;
  /** Id of its newest event. */
  newest: string;
  history: { events: number; bytes: number; oldest: string | null };
  /** Whether `create` made it, and what holds for it, by the names of the configuration. */
  created: boolean;
  settings: Record<string, number | string>;
}

export interface ChannelOptions {
  historyEvents?: number;
  /** Bytes, or a size with its unit, as in `1MiB`. */
  historyBytes?: number | string;
  /** Milliseconds, or a time with its unit, as in `10m`. */
  historyTtl?: number | string;
  unusedTimeout?: number | string;
  signal?: AbortSignal;
}

export interface Channel {
  readonly name: string;
  /** What is known of it; null when there is no such channel. */
  info(options?: { signal?: AbortSignal }): Promise<ChannelInfo | null>;
  /** True when it is new; false when it was there, with these settings from now on. */
  create(options?: ChannelOptions): Promise<boolean>;
  /** Ends its streams for good; false when there is no such channel. */
  end(options?: { signal?: AbortSignal }): Promise<boolean>;
}
