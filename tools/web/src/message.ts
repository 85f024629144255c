// What a stream tells, and the order of its ids.

/** An event as it came. */
export interface Message {
  /** The event's type; "message" for one without. */
  type: string;
  data: string;
  /** The id that a resume would start from once this event is seen. */
  id: string;
}

/**
 * - `connecting`: a connection is being made.
 * - `open`: the server has said how the stream starts.
 * - `waiting`: the connection was lost; there will be another.
 * - `closed`: for good, by `close()`, because the server has no more, or because it refuses.
 */
export type State = "connecting" | "open" | "waiting" | "closed";

/** Why a stream was lost or refused. */
export interface StreamError {
  /** The status of the server's answer; 0 if there was none that may be read. */
  status: number;
  /** Whether it is tried again. */
  retry: boolean;
  message: string;
}

/** What Ringcast itself says in a stream; it takes no part in the order of ids. */
export const SERVER_EVENTS = ["connected", "gap", "end", "drain", "overload"];

/** Where a stream's life is told. */
export interface Listener {
  event(message: Message): void;
  state(state: State, error?: StreamError): void;
}

/** One stream, or one's share of it. */
export interface Source {
  readonly lastId: string;
  listen(type: string): void;
  close(): void;
}

const later = (a: string, b: string) => a.length - b.length || (a > b ? 1 : a < b ? -1 : 0);

/** Whether `a` is behind `b` in the order of all events: ids are `<milliseconds>-<number>`. */
export function isAfter(a: string, b: string): boolean {
  if (!b) return true;
  const [aTime = "", aNumber = ""] = a.split("-");
  const [bTime = "", bNumber = ""] = b.split("-");
  return (later(aTime, bTime) || later(aNumber, bNumber)) > 0;
}

/** Milliseconds after which the server wants a client back, as `drain` and `overload` tell. */
export function retryOf(data: string): number {
  return (JSON.parse(data) as { retry?: number }).retry ?? 0;
}

/** How the stream starts, as a `connected` event tells. */
export function startOf(message: Message): string {
  return (JSON.parse(message.data) as { start: string }).start;
}
