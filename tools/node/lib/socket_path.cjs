// Where the publish socket is when nobody says so: as `ringcast pub` looks for it.
'use strict';

const fs = require('node:fs');

const SYSTEM = '/run/ringcast/publish.sock';

/** @param {string} path */
function isSocket(path) {
  try {
    return fs.statSync(path).isSocket();
  } catch {
    return false;
  }
}

/** The user's own if there is one, else the system's if there is one, else the first again. */
function findPublishSocket(environment = process.env) {
  const user = process.getuid ? process.getuid() : -1;
  const runtime = environment.RUNTIME_DIRECTORY?.split(':')[0];
  const session = environment.XDG_RUNTIME_DIR;
  let own = `/tmp/ringcast-${user}/publish.sock`;
  if (runtime) own = `${runtime}/publish.sock`;
  else if (user === 0) own = SYSTEM;
  else if (session) own = `${session}/ringcast/publish.sock`;
  return !isSocket(own) && isSocket(SYSTEM) ? SYSTEM : own;
}

module.exports = { findPublishSocket };
