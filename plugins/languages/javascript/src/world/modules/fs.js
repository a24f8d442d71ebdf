(function (tools, require) {
  'use strict';

  const { files } = tools;
  const STDIN = [0, '/dev/stdin', '/proc/self/fd/0'];
  const OUT = { 1: 1, 2: 2, '/dev/stdout': 1, '/dev/stderr': 2 };
  const READ = 1, WRITE = 2, CREATE = 4, EXCLUSIVE = 8, TRUNCATE = 16, APPEND = 32;
  const HOW = {
    r: READ, 'r+': READ | WRITE,
    w: WRITE | CREATE | TRUNCATE, wx: WRITE | CREATE | TRUNCATE | EXCLUSIVE, 'w+': READ | WRITE | CREATE | TRUNCATE,
    a: WRITE | CREATE | APPEND, ax: WRITE | CREATE | APPEND | EXCLUSIVE, 'a+': READ | WRITE | CREATE | APPEND,
  };
  const REMOVE = 0, REMOVE_FOLDER = 1, MAKE_FOLDER = 2, RENAME = 3;
  const PIECE = 65536;

  // Errors by the sandbox's numbers: node's name, number and text.
  const ERRORS = {
    8: ['EBADF', -9, 'bad file descriptor'],
    20: ['EEXIST', -17, 'file already exists'],
    28: ['EINVAL', -22, 'invalid argument'],
    31: ['EISDIR', -21, 'illegal operation on a directory'],
    33: ['EMFILE', -24, 'too many open files'],
    37: ['ENAMETOOLONG', -36, 'name too long'],
    44: ['ENOENT', -2, 'no such file or directory'],
    54: ['ENOTDIR', -20, 'not a directory'],
    55: ['ENOTEMPTY', -39, 'directory not empty'],
    63: ['EPERM', -1, 'operation not permitted'],
  };
  // A task that gives no files has no folder either.
  const none = typeof files.stat('/') === 'number';
  const open = new Set();

  function failure(number, call, path) {
    // A path leads nowhere then, whatever the sandbox says of it; what is wrong with a descriptor is so all the same.
    const nowhere = none && path !== undefined;
    const [code, errno, text] = ERRORS[nowhere ? 44 : number] ?? ['EIO', -5, 'i/o error'];
    const hint = nowhere ? " (the task gives no files; standard input is 0 or '/dev/stdin')" : '';
    const shown = path === undefined ? '' : ` '${path}'`;
    const error = new Error(`${code}: ${text}, ${call}${shown}${hint}`);
    return Object.assign(error, { errno, code, syscall: call }, path === undefined ? {} : { path });
  }

  function done(came, call, path) {
    if (typeof came === 'number' && came < 0) throw failure(-came, call, path);
    return came;
  }

  const named = (path) => {
    const text = typeof path === 'string' ? path : path instanceof Uint8Array ? bufferOf(path).toString() : undefined;
    if (text === undefined) {
      throw Object.assign(new TypeError('The "path" argument must be of type string or an instance of Buffer or URL.'), { code: 'ERR_INVALID_ARG_TYPE' });
    }
    if (text.includes('\0')) {
      throw Object.assign(new TypeError("The argument 'path' must be a string without null bytes."), { code: 'ERR_INVALID_ARG_VALUE' });
    }
    return text;
  };

  const Bytes = () => require('buffer').Buffer;
  const bufferOf = (bytes) => Bytes().from(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  const encodingOf = (options) => (typeof options === 'string' ? options : options?.encoding);

  function bytesOf(data, options) {
    if (data instanceof Uint8Array) return data;
    if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength));
    return Bytes().from(String(data), encodingOf(options) ?? 'utf8');
  }

  function openSync(path, flags = 'r') {
    if (STDIN.includes(path)) return 0;
    if (OUT[path]) return OUT[path];
    const text = named(path);
    const how = HOW[flags];
    if (how === undefined) throw Object.assign(new TypeError(`The argument 'flags' is invalid. Received '${flags}'`), { code: 'ERR_INVALID_ARG_VALUE' });
    const file = done(files.open(text, how), 'open', text);
    open.add(file);
    return file;
  }

  function opened(file, call) {
    if (!open.has(file)) throw failure(8, call);
    return file;
  }

  function closeSync(file) {
    if (file >= 0 && file <= 2) return;
    done(files.close(opened(file, 'close')), 'close');
    open.delete(file);
  }

  // A descriptor's own place is -1.
  const place = (position) => (typeof position === 'number' || typeof position === 'bigint' ? Number(position) : -1);

  let stdin = null;
  let stdinAt = 0;

  function readSync(file, target, offset = 0, length = undefined, position = null) {
    if (typeof offset === 'object' && offset !== null) ({ offset = 0, length = undefined, position = null } = offset);
    const most = Math.min(length ?? target.byteLength - offset, target.byteLength - offset);
    let part;
    if (file === 0) {
      stdin ??= tools.readAll();
      part = stdin.subarray(stdinAt, stdinAt + most);
      stdinAt += part.length;
    } else {
      part = done(files.read(opened(file, 'read'), most, place(position)), 'read');
    }
    new Uint8Array(target.buffer, target.byteOffset, target.byteLength).set(part, offset);
    return part.length;
  }

  function whole(file) {
    const parts = [];
    for (;;) {
      const part = done(files.read(file, PIECE, -1), 'read');
      if (part.length === 0) return Bytes().concat(parts);
      parts.push(part);
    }
  }

  function readFileSync(path, options) {
    const encoding = encodingOf(options);
    let bytes;
    if (STDIN.includes(path)) {
      bytes = Bytes().from(tools.readAll().buffer);
    } else if (typeof path === 'number') {
      bytes = whole(opened(path, 'read'));
    } else {
      const file = openSync(path, options?.flag ?? 'r');
      try {
        bytes = whole(file);
      } finally {
        closeSync(file);
      }
    }
    return encoding ? bytes.toString(encoding) : bytes;
  }

  function writeSync(file, data, ...rest) {
    if (file === 1 || file === 2) {
      (file === 2 ? process.stderr : process.stdout).write(data);
      return data.length;
    }
    if (typeof data === 'string') {
      const [position, encoding] = rest;
      return done(files.write(opened(file, 'write'), bytesOf(data, encoding), place(position)), 'write');
    }
    const [offset = 0, length = data.byteLength - offset, position] = rest;
    const part = bytesOf(data).slice(offset, offset + length);
    return done(files.write(opened(file, 'write'), part, place(position)), 'write');
  }

  function put(path, data, options, flag) {
    const out = OUT[path];
    if (out) {
      writeSync(out, data);
      return;
    }
    if (typeof path === 'number') {
      done(files.write(opened(path, 'write'), bytesOf(data, options), -1), 'write');
      return;
    }
    const file = openSync(path, options?.flag ?? flag);
    try {
      done(files.write(file, bytesOf(data, options), -1), 'write', path);
    } finally {
      closeSync(file);
    }
  }

  const writeFileSync = (path, data, options) => put(path, data, options, 'w');
  const appendFileSync = (path, data, options) => put(path, data, options, 'a');

  const kinds = (folder) => ({
    isDirectory: () => folder, isFile: () => !folder, isSymbolicLink: () => false,
    isFIFO: () => false, isSocket: () => false, isBlockDevice: () => false, isCharacterDevice: () => false,
  });

  function statOf(found) {
    const [folder, size] = found;
    const epoch = new Date(0);
    const times = { atimeMs: 0, mtimeMs: 0, ctimeMs: 0, birthtimeMs: 0, atime: epoch, mtime: epoch, ctime: epoch, birthtime: epoch };
    return { size, mode: folder ? 0o40755 : 0o100644, nlink: 1, uid: 0, gid: 0, ...times, ...kinds(folder) };
  }

  function statSync(path, options) {
    const text = named(path);
    const found = files.stat(text);
    if (typeof found === 'number' && options?.throwIfNoEntry === false && (none || found === -44)) return undefined;
    return statOf(done(found, 'stat', text));
  }

  const fstatSync = (file) => statOf(done(files.stat(opened(file, 'fstat')), 'fstat'));

  function existsSync(path) {
    if (STDIN.includes(path)) return true;
    try {
      return typeof files.stat(named(path)) !== 'number';
    } catch {
      return false;
    }
  }

  function accessSync(path) {
    if (!STDIN.includes(path)) done(files.stat(named(path)), 'access', path);
  }

  function readdirSync(path, options) {
    const text = named(path);
    const found = done(files.list(text), 'scandir', text).sort(([one], [other]) => (one < other ? -1 : 1));
    if (options?.withFileTypes) return found.map(([name, folder]) => ({ name, parentPath: text, path: text, ...kinds(folder) }));
    return found.map(([name]) => name);
  }

  function mkdirSync(path, options) {
    const text = named(path);
    if (!options?.recursive) {
      done(files.change(MAKE_FOLDER, text, ''), 'mkdir', text);
      return undefined;
    }
    let made;
    const parts = text.split('/');
    for (let count = 1; count <= parts.length; count++) {
      const part = parts.slice(0, count).join('/');
      if (part === '' || part === '.') continue;
      const came = files.change(MAKE_FOLDER, part, '');
      if (came === 0) made ??= part;
      else if (!(came === -20 && files.stat(part)[0])) throw failure(-came, 'mkdir', text);
    }
    return made;
  }

  function rmdirSync(path) {
    done(files.change(REMOVE_FOLDER, named(path), ''), 'rmdir', path);
  }

  function unlinkSync(path) {
    done(files.change(REMOVE, named(path), ''), 'unlink', path);
  }

  function rmSync(path, options) {
    const text = named(path);
    const found = files.stat(text);
    if (typeof found === 'number') {
      if (options?.force) return;
      throw failure(-found, 'rm', text);
    }
    if (!found[0]) {
      unlinkSync(text);
      return;
    }
    if (!options?.recursive) throw Object.assign(new Error(`Path is a directory: rm returned EISDIR (is a directory) ${text}`), { code: 'ERR_FS_EISDIR' });
    for (const name of readdirSync(text)) rmSync(`${text}/${name}`, options);
    rmdirSync(text);
  }

  function renameSync(from, to) {
    done(files.change(RENAME, named(from), named(to)), 'rename', from);
  }

  function copyFileSync(from, to) {
    writeFileSync(to, readFileSync(from));
  }

  const ftruncateSync = (file, size = 0) => {
    done(files.resize(opened(file, 'ftruncate'), size), 'ftruncate');
  };

  function truncateSync(path, size = 0) {
    const file = openSync(path, 'r+');
    try {
      ftruncateSync(file, size);
    } finally {
      closeSync(file);
    }
  }

  const sync = {
    openSync, closeSync, readSync, readFileSync, writeSync, writeFileSync, appendFileSync, statSync, lstatSync: statSync, fstatSync,
    accessSync, readdirSync, mkdirSync, rmdirSync, unlinkSync, rmSync, renameSync, copyFileSync, truncateSync, ftruncateSync,
  };
  const module = { ...sync, existsSync, constants: { F_OK: 0, R_OK: 4, W_OK: 2, X_OK: 1 }, promises: {} };
  for (const [name, act] of Object.entries(sync)) {
    const plain = name.slice(0, -'Sync'.length);
    // With a callback, which comes last; and as a promise.
    module[plain] = (...rest) => {
      const callback = rest.pop();
      let result;
      try {
        result = [null, act(...rest)];
      } catch (error) {
        result = [error];
      }
      tools.later(() => callback(...result));
    };
    module.promises[plain] = async (...rest) => act(...rest);
  }
  return module;
})
