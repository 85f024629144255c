// What one client has told its user so far, in order.
const PATIENCE_MS = 60_000;

export class Follower {
  events = []; // { type, data, id }
  errors = 0;
  #waiting = new Set();

  // For the client that is followed.
  note(type, data, id) {
    this.events.push({ type, data, id });
    this.#look();
  }
  noteError() {
    this.errors += 1;
    this.#look();
  }

  of(type) {
    return this.events.filter((event) => event.type === type);
  }
  get messages() {
    return this.of('message').map((event) => event.data);
  }

  // Resolves when what is asked for has come true, on whatever the client tells.
  until(what, isTrue) {
    if (isTrue(this)) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const wait = { isTrue, resolve: () => (clearTimeout(timer), resolve()) };
      const timer = setTimeout(() => {
        this.#waiting.delete(wait);
        const seen = JSON.stringify(this.events.slice(-10));
        reject(new Error(`never: ${what}; ${this.events.length} events, the last ${seen}`));
      }, PATIENCE_MS);
      this.#waiting.add(wait);
    });
  }

  #look() {
    for (const wait of this.#waiting) {
      if (!wait.isTrue(this)) continue;
      this.#waiting.delete(wait);
      wait.resolve();
    }
  }
}
