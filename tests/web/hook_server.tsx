// The hook where there is no window: what a server sends before the page comes to life.
import { createElement as h } from "react";
import { renderToString } from "react-dom/server";
import { useSSE } from "../../tools/web/src/react.js";

function Component() {
  return h("p", null, useSSE("/events/a").state);
}

process.stdout.write(renderToString(h(Component)));
