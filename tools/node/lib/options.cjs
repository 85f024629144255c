// What is said of options that cannot be meant.
'use strict';

/**
 * Gives the number back, which must be one above 0.
 * @param {string} name
 * @param {unknown} value
 * @returns {number}
 */
function requirePositive(name, value) {
  if (typeof value === 'number' && value > 0) return value;
  throw new RangeError(`the option ${name} is a number above 0, not ${String(value)}`);
}

module.exports = { requirePositive };
