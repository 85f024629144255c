// Components that a test looks at: two that follow the same stream and can be taken away, and one that
// follows another with types. All in StrictMode, which mounts each twice.
import { StrictMode, createElement as h, useState } from "react";
import { createRoot } from "react-dom/client";
import { useSSE } from "../../tools/web/src/react.js";

interface Progress {
  percent: number;
}

const shown: string[] = []; // all that the first component has said

function Messages({ id }: { id: string }) {
  const { data, events, state, lastId, gap, error } = useSSE("/events/a", { keep: 3 });
  const all = events.map((event) => event.data).join("+");
  const parts = [state, data ?? "-", all, lastId && "id", gap?.reason ?? "-", error?.status ?? "-"];
  const text = parts.join(" ");
  if (id === "first") shown.push(text);
  return h("p", { id }, text);
}

function Job({ channel }: { channel: string | null }) {
  const { data, state } = useSSE<Progress>(channel && `/events/${channel}`, {
    json: true,
    types: ["progress"],
  });
  return h("p", { id: "job" }, `${state} ${data ? data.percent.toFixed(1) : "-"}`);
}

function App() {
  const [count, show] = useState(2);
  const [channel, follow] = useState<string | null>(null);
  Object.assign(window, { show, follow, shown });
  return h(
    "main",
    null,
    count > 0 && h(Messages, { id: "first" }),
    count > 1 && h(Messages, { id: "second" }),
    h(Job, { channel }),
  );
}

createRoot(document.getElementById("root")!).render(h(StrictMode, null, h(App)));
Object.assign(window, { ready: true });
