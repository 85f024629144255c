// One connection for all tabs of a browser that follow the same stream. One of them leads: it holds
// the connection and tells the others all that comes; when it goes another one resumes where it was.
// Browsers open six HTTP/1.1 connections to a host over all tabs; so each stream takes one of them.
//
// Who leads is settled by a Web Lock, or, where there are none (pages without TLS), by heartbeats.
// Each tab drops what it has had, by id, so what two leaders tell is heard once.
//
// Tabs that want different channels share as well when the application can tell which channel an event
// came on (Union). A newcomer then begins with a stream of its own, which gives it a position in the
// order of all events; the leader takes its channels in from that position on, and the newcomer's own
// stream ends. Both streams are whole and in order, so dropping by id joins them without a seam.
import {
  SERVER_EVENTS,
  isAfter,
  startOf,
  type Listener,
  type Message,
  type Source,
  type State,
  type StreamError,
} from "./message.js";
import { Stream, type StreamOptions } from "./stream.js";

// What tabs tell one another.
type Note =
  | { kind: "lead"; by: string; term: number } // I lead
  // I follow, have had all up to there, and want these taken in
  | { kind: "join"; by: string; types: string[]; channels: string[]; lastId: string }
  | {
      kind: "welcome";
      types: string[];
      channels: string[]; // that the leader's stream has
      full: string; // whose channels found no room in it
      lastId: string;
      state: State;
    }
  | { kind: "event"; message: Message }
  | { kind: "state"; state: State; error: StreamError | undefined }
  | { kind: "leave" }; // I led

// A leader without a lock tells so once a second; one that is silent for three is gone.
const BEAT_MS = 1000;
const SILENCE_MS = 3000;
// How long a newcomer waits for the leader's welcome, at least.
const GREETING_MS = 200;

export const MOST_CHANNELS = 64; // of a stream

/** How tabs with different channels share. */
export interface Union {
  mine: readonly string[];
  /** The channel that an event came on. */
  channelOf: (message: Message) => string;
  address: (channels: Iterable<string>) => string;
}

export class Share implements Source {
  lastId: string;
  private readonly me = crypto.getRandomValues(new Uint32Array(2)).join("-");
  private leader = "";
  private term = 0;
  private stream: Stream | undefined; // while this tab leads
  private own: Stream | undefined; // until the leader has taken this tab's channels in
  private channel: BroadcastChannel | undefined;
  private release: (() => void) | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private beat: ReturnType<typeof setInterval> | undefined;
  private state: State = "connecting";
  // Of all tabs: whoever takes over must hear what the others listen for.
  private readonly types = new Set<string>();
  private channels: Set<string>;

  constructor(
    private name: string,
    private readonly options: StreamOptions,
    private readonly listener: Listener,
    private readonly union?: Union,
  ) {
    this.channels = new Set(union?.mine);
    this.lastId = options.lastEventId;
    addEventListener("pagehide", this.leave);
    addEventListener("pageshow", this.shown);
    queueMicrotask(() => this.state === "closed" || this.join());
  }

  listen(type: string): void {
    if (this.types.has(type)) return;
    this.types.add(type);
    this.stream?.listen(type);
    this.own?.listen(type);
    if (this.channel && !this.stream) this.say(this.about());
  }

  close(): void {
    this.state = "closed";
    removeEventListener("pagehide", this.leave);
    removeEventListener("pageshow", this.shown);
    this.leave();
  }

  private readonly shown = (event: PageTransitionEvent): void => {
    if (event.persisted) this.join();
  };

  private join(): void {
    this.channel = new BroadcastChannel(this.name);
    this.channel.onmessage = (event: MessageEvent<Note>) => this.hear(event.data);
    if (this.union) {
      this.own = this.follow(this.union.mine, this.lastId, (message) => {
        // As soon as it is delivered: then there is a position to tell.
        if (message.type === "connected") queueMicrotask(() => this.say(this.about()));
      });
    }
    this.say(this.about());
    if (navigator.locks) {
      const abort = new AbortController();
      this.release = () => abort.abort();
      navigator.locks
        .request(this.name, { signal: abort.signal }, () => {
          this.lead();
          return new Promise<void>((resolve) => (this.release = () => resolve()));
        })
        .catch((error) => {
          // Aborted: it left before its turn came.
          if (!abort.signal.aborted) throw error;
        });
    } else {
      this.watch(GREETING_MS);
    }
  }

  private readonly leave = (): void => {
    clearTimeout(this.timer);
    clearInterval(this.beat);
    if (this.stream) this.say({ kind: "leave" });
    this.stream?.close();
    this.stream = undefined;
    this.endOwn();
    this.channel?.close();
    this.channel = undefined;
    this.release?.();
    this.release = undefined;
  };

  // Leads unless a leader is heard before; two do not wait equally long.
  private watch(patience: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.lead(), patience * (1 + Math.random() / 2));
  }

  private lead(): void {
    this.leader = this.me;
    const claim: Note = { kind: "lead", by: this.me, term: ++this.term };
    this.say(claim);
    if (!navigator.locks) this.beat = setInterval(() => this.say(claim), BEAT_MS);
    this.endOwn();
    this.resume(this.lastId);
  }

  private resume(lastEventId: string): void {
    this.stream?.close();
    this.stream = this.follow(
      this.channels,
      lastEventId,
      (message) => this.say({ kind: "event", message }),
      (state, error) => this.say({ kind: "state", state, error }),
    );
  }

  // Others are told first: what listens here may throw.
  private follow(
    channels: Iterable<string>,
    lastEventId: string,
    onEvent: (message: Message) => void,
    onState?: (state: State, error?: StreamError) => void,
  ): Stream {
    const url = this.union?.address(channels) ?? this.options.url;
    const stream = new Stream(
      { ...this.options, url, lastEventId },
      {
        event: (message) => {
          onEvent(message);
          this.deliver(message);
        },
        state: (state, error) => {
          onState?.(state, error);
          this.tell(state, error);
        },
      },
    );
    for (const type of this.types) stream.listen(type);
    return stream;
  }

  private endOwn(): void {
    this.own?.close();
    this.own = undefined;
  }

  private hear(note: Note): void {
    switch (note.kind) {
      case "lead":
        if (this.stream) {
          // Two lead: the later claim holds, and of two at once that of the greater name.
          if (note.term < this.term || (note.term === this.term && note.by < this.me)) return;
          clearInterval(this.beat);
          this.stream.close();
          this.stream = undefined;
          // The other one has its own from those that join it.
          this.channels = new Set(this.union?.mine);
        }
        this.term = note.term;
        if (!navigator.locks) this.watch(SILENCE_MS);
        if (note.by !== this.leader) this.say(this.about());
        this.leader = note.by;
        break;
      case "join": {
        const news = note.types.filter((type) => !this.types.has(type));
        for (const type of news) this.types.add(type);
        if (!this.stream) break;
        for (const type of news) this.stream.listen(type);
        const { lastId } = this.stream;
        const more = note.channels.filter((channel) => !this.channels.has(channel));
        const full = this.channels.size + more.length > MOST_CHANNELS;
        if (!full) for (const channel of more) this.channels.add(channel);
        // One who has not had all that this stream has told.
        const behind = note.lastId !== "" && (!lastId || isAfter(lastId, note.lastId));
        if (!full && (behind || more.length)) this.resume(behind ? note.lastId : lastId);
        this.say({
          kind: "welcome",
          types: [...this.types],
          channels: [...this.channels],
          full: full ? note.by : "",
          lastId: this.stream.lastId,
          state: this.state,
        });
        break;
      }
      case "welcome":
        if (note.full === this.me) {
          // Another group then, with a stream of its own.
          this.leave();
          this.name += "+";
          return this.join();
        }
        if (!navigator.locks) this.watch(SILENCE_MS);
        for (const type of note.types) this.types.add(type);
        if (this.union?.mine.some((channel) => !note.channels.includes(channel))) break;
        this.endOwn();
        this.channels = new Set(note.channels);
        this.lastId ||= note.lastId;
        this.tell(note.state);
        break;
      case "event":
        if (!this.own) this.deliver(note.message);
        break;
      case "state":
        if (!this.own) this.tell(note.state, note.error);
        break;
      case "leave":
        if (!navigator.locks) this.watch(0);
        break;
    }
  }

  private deliver(message: Message): void {
    const { type, id } = message;
    if (type === "connected") {
      // A stream that does not resume has a position of its own, whatever was before.
      if (startOf(message) !== "resumed" || isAfter(id, this.lastId)) this.lastId = id;
    } else if (id && !SERVER_EVENTS.includes(type)) {
      if (!isAfter(id, this.lastId)) return;
      this.lastId = id;
    }
    if (this.isMine(message)) this.listener.event(message);
  }

  private isMine(message: Message): boolean {
    const { union } = this;
    if (!union) return true;
    if (!SERVER_EVENTS.includes(message.type)) return union.mine.includes(union.channelOf(message));
    const { channel } = JSON.parse(message.data) as { channel?: string };
    return channel === undefined || union.mine.includes(channel);
  }

  private tell(state: State, error?: StreamError): void {
    if (this.state === "closed") return;
    this.state = state;
    this.listener.state(state, error);
    if (state === "closed") this.close();
  }

  private about(): Note {
    // One that follows has had what the leader has told; one with its own stream needs a position.
    const placed = !this.own || this.lastId !== "";
    return {
      kind: "join",
      by: this.me,
      types: [...this.types],
      channels: placed ? [...(this.union?.mine ?? [])] : [],
      lastId: this.lastId,
    };
  }

  private say(note: Note): void {
    this.channel?.postMessage(note);
  }
}
