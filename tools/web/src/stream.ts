// One stream over the browser's EventSource, which reconnects and resumes by itself. What it leaves
// to the page is done here: it gives up for good on any answer but a stream, it cannot send another
// token, and it does not notice that the network or the page has come back.
import { SERVER_EVENTS, type Listener, type Source, type State, retryOf } from "./message.js";

export interface StreamOptions {
  url: string;
  withCredentials: boolean;
  /** The position to resume from; empty: from now on. */
  lastEventId: string;
  token?: (() => string | Promise<string>) | undefined;
  tokenParam: string;
  /** Milliseconds: the back-off is random below `min`, `2 * min`, `4 * min` and so on to `max`. */
  backoff: { min: number; max: number };
}

// Answers that a later attempt may change; any other status ends the stream for good.
const passing = (status: number) =>
  status < 300 || status === 408 || status === 425 || status === 429 || status >= 500;
// Tokens that the server may refuse one after another before that is for good.
const REFUSED_TOKENS = 3;

export class Stream implements Source {
  lastId: string;
  private source: EventSource | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private attempts = 0;
  private unauthorized = 0;
  private advice = 0; // when the server wants this client back: milliseconds
  // What was begun before the last open() or close() is recognised by it.
  private turn = 0;
  private state: State = "connecting";
  private readonly types = new Set(["message", ...SERVER_EVENTS]);

  constructor(
    private readonly options: StreamOptions,
    private readonly listener: Listener,
  ) {
    this.lastId = options.lastEventId;
    addEventListener("online", this.open);
    addEventListener("pageshow", this.shown);
    addEventListener("pagehide", this.hidden);
    document.addEventListener("visibilitychange", this.seen);
    // Whoever made the stream registers its types first.
    queueMicrotask(() => this.turn || this.open());
  }

  listen(type: string): void {
    if (this.types.has(type)) return;
    this.types.add(type);
    this.source?.addEventListener(type, this.heard);
  }

  close(): void {
    if (this.state === "closed") return;
    removeEventListener("online", this.open);
    removeEventListener("pageshow", this.shown);
    removeEventListener("pagehide", this.hidden);
    document.removeEventListener("visibilitychange", this.seen);
    this.drop();
    this.state = "closed";
  }

  /** Connects anew, at once, and resumes. */
  readonly open = async (): Promise<void> => {
    if (this.state === "closed") return;
    this.drop();
    const turn = this.turn;
    this.tell("connecting");
    let url: string;
    try {
      url = await this.address();
    } catch (error) {
      if (turn === this.turn) this.retry(0, "no token: " + String(error));
      return;
    }
    if (turn !== this.turn) return;
    const source = new EventSource(url, { withCredentials: this.options.withCredentials });
    this.source = source;
    for (const type of this.types) source.addEventListener(type, this.heard);
    source.addEventListener("error", (event) => {
      // A type may be called "error" as well.
      if (source === this.source && !("data" in event)) this.lost(url);
    });
  };

  private readonly heard = (event: Event): void => {
    if (event.target !== this.source || !("data" in event)) return;
    const { type, data, lastEventId } = event as MessageEvent<string>;
    this.lastId = lastEventId;
    if (type === "connected") {
      this.attempts = this.unauthorized = this.advice = 0;
      this.tell("open");
    }
    // EventSource obeys `retry:` by itself, but keeps it to itself as well.
    if (type === "drain" || type === "overload") this.advice = retryOf(data);
    this.listener.event({ type, data, id: lastEventId });
  };

  // A page in the back-forward cache has no connections; it goes there only without.
  private readonly hidden = (): void => this.drop();
  private readonly shown = (event: PageTransitionEvent): void => {
    if (event.persisted) void this.open();
  };
  private readonly seen = (): void => {
    if (document.visibilityState === "visible" && this.state === "waiting") void this.open();
  };

  // The resume id goes into the address: a new EventSource has none to send.
  private async address(): Promise<string> {
    const { token, tokenParam } = this.options;
    const url = new URL(this.options.url, location.href);
    if (this.lastId) url.searchParams.set("lastEventId", this.lastId);
    if (token) url.searchParams.set(tokenParam, await token());
    return url.href;
  }

  private lost(url: string): void {
    const gaveUp = this.source?.readyState === EventSource.CLOSED;
    // It would come back by itself, but with the same token.
    if (!gaveUp && !this.options.token) return this.tell("waiting");
    this.drop();
    if (!gaveUp) return this.retry(0, "the stream was lost", this.advice);
    this.tell("waiting");
    void this.ask(url, this.turn);
  }

  // EventSource does not tell why it gave up, so the same is asked once more in another way.
  private async ask(url: string, turn: number): Promise<void> {
    const abort = new AbortController();
    let status = 0;
    let wait = 0;
    try {
      const answer = await fetch(url, {
        signal: abort.signal,
        cache: "no-store",
        credentials: this.options.withCredentials ? "include" : "same-origin",
        headers: { Accept: "text/event-stream" },
      });
      status = answer.status;
      wait = Number(answer.headers.get("retry-after")) * 1000 || 0;
    } catch {
      // No connection, or an answer that this page may not read.
    }
    abort.abort();
    if (turn !== this.turn) return;
    if (status === 204) return this.end(status, "the server has no more events");
    if (status === 401 && this.options.token && ++this.unauthorized < REFUSED_TOKENS) {
      return this.retry(status, "the server wants another token");
    }
    if (!passing(status)) return this.end(status, "the server refuses the stream");
    this.retry(status, "the server cannot be reached, or has no stream", wait);
  }

  private retry(status: number, message: string, atLeast = 0): void {
    const { min, max } = this.options.backoff;
    const delay = Math.random() * Math.min(max, min * 2 ** this.attempts++);
    this.timer = setTimeout(this.open, Math.max(delay, Math.min(atLeast, max)));
    this.state = "waiting";
    this.listener.state("waiting", { status, retry: true, message });
  }

  private end(status: number, message: string): void {
    this.close();
    this.listener.state("closed", status === 204 ? undefined : { status, retry: false, message });
  }

  private tell(state: State): void {
    if (this.state === state && state !== "connecting") return;
    this.state = state;
    this.listener.state(state);
  }

  private drop(): void {
    ++this.turn;
    clearTimeout(this.timer);
    this.source?.close();
    this.source = undefined;
  }
}
