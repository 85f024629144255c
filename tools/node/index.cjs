// What the package offers. `import` gets the very same objects through index.js, so that an error
// is an instance of one RingcastError whichever way a program's parts were loaded.
'use strict';

const { HttpPublisher } = require('./lib/http_publisher.cjs');
const { Publisher } = require('./lib/publisher.cjs');
const { RingcastError } = require('./lib/ringcast_error.cjs');

module.exports = { HttpPublisher, Publisher, RingcastError };
