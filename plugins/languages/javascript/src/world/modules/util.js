(function (tools) {
  'use strict';

  function inspect(value, options, ...old) {
    const given = typeof options === 'object' && options !== null ? options : { depth: old[0] };
    const depth = given.depth === null || given.depth === Infinity ? 1e9 : given.depth;
    const compact = given.compact === true ? 1e9 : given.compact === false ? 0 : given.compact;
    return tools.inspect(value, depth, given.breakLength, compact);
  }
  inspect.custom = Symbol.for('nodejs.util.inspect.custom');

  const promisify = (run) => (...values) => new Promise((resolve, reject) => {
    run(...values, (error, value) => (error ? reject(error) : resolve(value)));
  });

  const callbackify = (run) => (...values) => {
    const done = values.pop();
    run(...values).then((value) => done(null, value), (error) => done(error));
  };

  function inherits(derived, base) {
    Object.setPrototypeOf(derived.prototype, base.prototype);
    Object.setPrototypeOf(derived, base);
  }

  class TextEncoder {
    encoding = 'utf-8';

    encode(text = '') {
      return tools.encode(String(text));
    }
  }

  class TextDecoder {
    encoding = 'utf-8';

    decode(bytes) {
      if (bytes === undefined) return '';
      return tools.decode(ArrayBuffer.isView(bytes) ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength) : bytes);
    }
  }

  const timers = {
    setTimeout: (delay, value) => new Promise((resolve) => setTimeout(resolve, delay, value)),
    setImmediate: (value) => new Promise((resolve) => setImmediate(resolve, value)),
  };

  return {
    inspect, promisify, callbackify, inherits, timers, TextEncoder, TextDecoder,
    format: tools.format,
    isDeepStrictEqual: (a, b) => tools.equal(a, b, true),
    isArray: Array.isArray,
    types: {
      isDate: (value) => value instanceof Date,
      isRegExp: (value) => value instanceof RegExp,
      isMap: (value) => value instanceof Map,
      isSet: (value) => value instanceof Set,
      isPromise: (value) => value instanceof Promise,
    },
  };
})
