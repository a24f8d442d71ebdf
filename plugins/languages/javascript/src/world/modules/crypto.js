(function (tools, require) {
  'use strict';

  const { Buffer } = require('buffer');

  /* Hashes only: programs compute them, and nothing here keeps a secret. */
  class Hash {
    #name;
    #parts = [];

    constructor(name) {
      this.#name = String(name).toLowerCase().replace('-', '');
      tools.hash(this.#name, new Uint8Array(0));
    }

    update(data, encoding) {
      this.#parts.push(typeof data === 'string' ? Buffer.from(data, encoding) : data);
      return this;
    }

    digest(encoding) {
      const bytes = Buffer.from(tools.hash(this.#name, Buffer.concat(this.#parts)).buffer);
      return encoding ? bytes.toString(encoding) : bytes;
    }
  }

  const randomBytes = (size) => Buffer.from(Array.from({ length: size }, () => Math.floor(Math.random() * 256)));

  function randomInt(low, high) {
    const [from, to] = high === undefined ? [0, low] : [low, high];
    return from + Math.floor(Math.random() * (to - from));
  }

  function randomUUID() {
    const hex = randomBytes(16).toString('hex');
    const variant = '89ab'[parseInt(hex[16], 16) % 4];
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
  }

  return { createHash: (name) => new Hash(name), Hash, randomBytes, randomInt, randomUUID, getHashes: () => ['md5', 'sha1', 'sha256', 'sha512'] };
})
