(function (tools, require) {
  'use strict';

  const STDIN = [0, '/dev/stdin', '/proc/self/fd/0'];

  function refuse(call, path) {
    const error = new Error(`ENOENT: no such file or directory, ${call} '${path}' (programs have no files; standard input is 0 or '/dev/stdin')`);
    throw Object.assign(error, { errno: -2, code: 'ENOENT', syscall: call, path });
  }

  function readFileSync(path, options) {
    if (!STDIN.includes(path)) refuse('open', path);
    const encoding = typeof options === 'string' ? options : options?.encoding;
    const bytes = require('buffer').Buffer.from(tools.readAll().buffer);
    return encoding ? bytes.toString(encoding) : bytes;
  }

  function readFile(path, ...rest) {
    const done = rest.pop();
    let result;
    try {
      result = [null, readFileSync(path, rest[0])];
    } catch (error) {
      result = [error];
    }
    tools.later(() => done(...result));
  }

  function writeSync(descriptor, text) {
    const stream = descriptor === 2 ? process.stderr : process.stdout;
    stream.write(text);
    return text.length;
  }

  function writeFileSync(path, text) {
    if (path !== 1 && path !== '/dev/stdout' && path !== 2 && path !== '/dev/stderr') refuse('open', path);
    writeSync(path === 2 || path === '/dev/stderr' ? 2 : 1, text);
  }

  return {
    readFileSync, readFile, writeSync, writeFileSync,
    existsSync: (path) => STDIN.includes(path),
    openSync: (path) => (STDIN.includes(path) ? 0 : refuse('open', path)),
    closeSync: () => undefined,
    readdirSync: (path) => refuse('scandir', path),
    statSync: (path) => refuse('stat', path),
    mkdirSync: (path) => refuse('mkdir', path),
    unlinkSync: (path) => refuse('unlink', path),
    appendFileSync: (path) => refuse('open', path),
    promises: {
      readFile: async (path, options) => readFileSync(path, options),
      writeFile: async (path, text) => writeFileSync(path, text),
    },
  };
})
