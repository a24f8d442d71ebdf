(function (tools) {
  'use strict';

  class AssertionError extends Error {
    constructor({ message, actual, expected, operator }) {
      const given = message !== undefined;
      super(given ? String(message) : worded(actual, expected, operator));
      this.generatedMessage = !given;
      this.code = 'ERR_ASSERTION';
      this.actual = actual;
      this.expected = expected;
      this.operator = operator;
    }
  }
  Object.defineProperty(AssertionError.prototype, 'name', { value: 'AssertionError', writable: true, configurable: true });

  const shown = (value) => tools.inspect(value, 4, 1e9);

  function worded(actual, expected, operator) {
    switch (operator) {
      case '==': return `${shown(actual)} is not true`;
      case 'fail': return 'Failed';
      case 'throws': return 'Missing expected exception.';
      case 'rejects': return 'Missing expected rejection.';
      default:
        return operator.startsWith('not')
          ? `got ${shown(actual)}, which is what was not wanted (${operator})`
          : `got ${shown(actual)}, expected ${shown(expected)} (${operator})`;
    }
  }

  function fail(details) {
    if (details.message instanceof Error) throw details.message;
    throw new AssertionError(details);
  }

  function need(holds, actual, expected, message, operator) {
    if (!holds) fail({ message, actual, expected, operator });
  }

  function ok(value, message) {
    tools.check(value);
    need(value, value, true, message, '==');
  }

  function assert(value, message) {
    ok(value, message);
  }

  function equal(actual, expected, message) {
    tools.check(actual, expected);
    need(actual == expected || (actual !== actual && expected !== expected), actual, expected, message, 'equal');
  }

  function notEqual(actual, expected, message) {
    tools.check(actual, expected);
    need(!(actual == expected || (actual !== actual && expected !== expected)), actual, expected, message, 'notEqual');
  }

  function strictEqual(actual, expected, message) {
    tools.check(actual, expected);
    need(Object.is(actual, expected), actual, expected, message, 'strictEqual');
  }

  function notStrictEqual(actual, expected, message) {
    tools.check(actual, expected);
    need(!Object.is(actual, expected), actual, expected, message, 'notStrictEqual');
  }

  const deep = (strict, negate, operator) => function (actual, expected, message) {
    need(tools.equal(actual, expected, strict) !== negate, actual, expected, message, operator);
  };
  const deepEqual = deep(false, false, 'deepEqual');
  const notDeepEqual = deep(false, true, 'notDeepEqual');
  const deepStrictEqual = deep(true, false, 'deepStrictEqual');
  const notDeepStrictEqual = deep(true, true, 'notDeepStrictEqual');

  function match(text, pattern, message) {
    tools.check(text);
    need(typeof text === 'string' && pattern.test(text), text, pattern, message, 'match');
  }

  function doesNotMatch(text, pattern, message) {
    tools.check(text);
    need(typeof text !== 'string' || !pattern.test(text), text, pattern, message, 'notMatch');
  }

  /* Whether what was thrown is what was expected; throws where it is not. */
  function expectThrown(error, expected, message, operator) {
    if (expected === undefined) return;
    if (expected instanceof RegExp) {
      need(expected.test(String(error)), error, expected, message, operator);
      return;
    }
    if (typeof expected !== 'function') {
      const keys = Object.keys(expected);
      if (expected instanceof Error) keys.push('name', 'message');
      for (const key of keys) {
        const [got, wanted] = [error?.[key], expected[key]];
        const fits = wanted instanceof RegExp && typeof got === 'string' ? wanted.test(got) : tools.equal(got, wanted, true);
        need(fits, error, expected, message ?? `the error's ${key} is ${shown(got)}, expected ${shown(wanted)}`, operator);
      }
      return;
    }
    if (expected.prototype !== undefined && error instanceof expected) return;
    if (Error === expected || Object.prototype.isPrototypeOf.call(Error, expected)) throw error;
    need(expected.call({}, error) === true, error, expected, message ?? 'the function that looks at the error did not give true', operator);
  }

  const parted = (expected, message) => (typeof expected === 'string' ? [undefined, expected] : [expected, message]);

  function throws(run, second, third) {
    tools.check();
    if (typeof run !== 'function') throw new TypeError('The "fn" argument must be of type function.');
    const [expected, message] = parted(second, third);
    let thrown = false;
    let error;
    try {
      run();
    } catch (caught) {
      thrown = true;
      error = caught;
    }
    need(thrown, undefined, expected, message, 'throws');
    expectThrown(error, expected, message, 'throws');
  }

  function doesNotThrow(run, second, third) {
    tools.check();
    const [, message] = parted(second, third);
    try {
      run();
    } catch (error) {
      fail({ message: `Got unwanted exception${message ? `: ${message}` : '.'}\n${shown(error)}`, actual: error, operator: 'doesNotThrow' });
    }
  }

  async function outcome(what) {
    try {
      await (typeof what === 'function' ? what() : what);
      return { rejected: false };
    } catch (error) {
      return { rejected: true, error };
    }
  }

  async function rejects(what, second, third) {
    tools.check();
    const [expected, message] = parted(second, third);
    const { rejected, error } = await outcome(what);
    need(rejected, undefined, expected, message, 'rejects');
    expectThrown(error, expected, message, 'rejects');
  }

  async function doesNotReject(what, second, third) {
    tools.check();
    const [, message] = parted(second, third);
    const { rejected, error } = await outcome(what);
    if (rejected) fail({ message: `Got unwanted rejection${message ? `: ${message}` : '.'}\n${shown(error)}`, actual: error, operator: 'doesNotReject' });
  }

  function ifError(value) {
    tools.check(value);
    if (value !== null && value !== undefined) throw value;
  }

  function failed(message) {
    tools.check();
    fail({ message, operator: 'fail' });
  }

  const shared = {
    AssertionError, ok, match, doesNotMatch, throws, doesNotThrow, rejects, doesNotReject, ifError,
    fail: failed, deepStrictEqual, notDeepStrictEqual, strictEqual, notStrictEqual,
  };
  Object.assign(assert, shared, { equal, notEqual, deepEqual, notDeepEqual });
  function strict(value, message) {
    ok(value, message);
  }
  Object.assign(strict, shared, {
    equal: strictEqual, notEqual: notStrictEqual, deepEqual: deepStrictEqual, notDeepEqual: notDeepStrictEqual,
  });
  assert.strict = strict.strict = strict;
  return assert;
})
