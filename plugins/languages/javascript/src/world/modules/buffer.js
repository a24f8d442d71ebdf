(function (tools) {
  'use strict';

  const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

  function fromText(text, encoding = 'utf8') {
    switch (String(encoding).toLowerCase()) {
      case 'utf8': case 'utf-8': return tools.encode(text);
      case 'hex': return Uint8Array.from(text.match(/[0-9a-f]{2}/gi) ?? [], (pair) => parseInt(pair, 16));
      case 'ascii': case 'latin1': case 'binary': return Uint8Array.from(text, (one) => one.charCodeAt(0));
      case 'base64': case 'base64url': return fromBase64(text);
      default: throw new TypeError(`Unknown encoding: ${encoding}`);
    }
  }

  function fromBase64(text) {
    const bytes = [];
    let bits = 0;
    let held = 0;
    for (const letter of text.replace(/-/g, '+').replace(/_/g, '/')) {
      const value = LETTERS.indexOf(letter);
      if (value < 0) continue;
      held = (held << 6) | value;
      bits += 6;
      if (bits >= 8) bytes.push((held >> (bits -= 8)) & 255);
    }
    return Uint8Array.from(bytes);
  }

  function toBase64(bytes) {
    let text = '';
    for (let at = 0; at < bytes.length; at += 3) {
      const three = (bytes[at] << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
      const count = Math.min(bytes.length - at, 3) + 1;
      for (let part = 0; part < 4; part++) text += part < count ? LETTERS[(three >> (18 - 6 * part)) & 63] : '=';
    }
    return text;
  }

  class Buffer extends Uint8Array {
    static from(value, encoding) {
      if (typeof value === 'string') return new Buffer(fromText(value, encoding).buffer);
      if (value instanceof ArrayBuffer) return new Buffer(value);
      return new Buffer(Uint8Array.from(value).buffer);
    }

    static alloc(size, fill) {
      const made = new Buffer(size);
      if (fill !== undefined) made.fill(typeof fill === 'string' ? fill.charCodeAt(0) : fill);
      return made;
    }

    static allocUnsafe(size) {
      return new Buffer(size);
    }

    static concat(parts) {
      const made = new Buffer(parts.reduce((sum, part) => sum + part.length, 0));
      let at = 0;
      for (const part of parts) {
        made.set(part, at);
        at += part.length;
      }
      return made;
    }

    static isBuffer(value) {
      return value instanceof Buffer;
    }

    static byteLength(text, encoding) {
      return typeof text === 'string' ? fromText(text, encoding).length : text.byteLength;
    }

    toString(encoding = 'utf8', start = 0, end = this.length) {
      const bytes = Uint8Array.prototype.slice.call(this, start, end);
      switch (String(encoding).toLowerCase()) {
        case 'utf8': case 'utf-8': return tools.decode(bytes);
        case 'hex': return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
        case 'ascii': case 'latin1': case 'binary': return Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
        case 'base64': return toBase64(bytes);
        case 'base64url': return toBase64(bytes).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
        default: throw new TypeError(`Unknown encoding: ${encoding}`);
      }
    }

    toJSON() {
      return { type: 'Buffer', data: Array.from(this) };
    }

    equals(other) {
      return this.length === other.length && this.every((byte, at) => byte === other[at]);
    }

    write(text, at = 0) {
      const bytes = tools.encode(text).subarray(0, this.length - at);
      this.set(bytes, at);
      return bytes.length;
    }
  }

  return { Buffer };
})
