// An application that decides who may subscribe, for tests: an ordinary Node server. The client's
// cookie says what it is answered:
//
//   as=NAME        200 with {"sub": NAME}
//   status=N       that status; 401 with a challenge
//   channels=A,B   204 with X-Ringcast-Channels
//   json=TEXT      200 with that JSON, percent-encoded
//   slow=MS        204 after so long
//   hang           nothing
//   none of these  401
//
// node sse_application.js PORT|PATH [CERTIFICATE KEY]: prints "ready", then a line of JSON for each
// request.
"use strict";

const [where, certificate, key] = process.argv.slice(2);

function answer(request, response) {
  console.log(JSON.stringify({ url: request.url, headers: request.headers }));
  const cookie = request.headers.cookie ?? "";
  const at = cookie.indexOf("=");
  const [name, value] = at < 0 ? [cookie, ""] : [cookie.slice(0, at), cookie.slice(at + 1)];
  const json = (body) => {
    response.setHeader("Content-Type", "application/json");
    response.end(body);
  };
  switch (name) {
    case "as":
      return json(JSON.stringify({ sub: value }));
    case "json":
      return json(decodeURIComponent(value));
    case "channels":
      response.setHeader("X-Ringcast-Channels", value);
      response.statusCode = 204;
      return response.end();
    case "slow":
      response.statusCode = 204;
      return setTimeout(() => response.end(), Number(value));
    case "hang":
      return undefined;
    default:
      response.statusCode = name === "status" ? Number(value) : 401;
      if (response.statusCode === 401) response.setHeader("WWW-Authenticate", 'Bearer realm="app"');
      return response.end("what only the application knows");
  }
}

const server = certificate
  ? require("https").createServer(
      { cert: require("fs").readFileSync(certificate), key: require("fs").readFileSync(key) },
      answer,
    )
  : require("http").createServer(answer);
server.listen(/^\d+$/.test(where) ? { port: Number(where), host: "127.0.0.1" } : where, () =>
  console.log("ready"),
);
