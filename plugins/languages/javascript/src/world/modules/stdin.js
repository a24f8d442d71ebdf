(function (tools, require) {
  'use strict';

  const EventEmitter = require('events');

  /* Standard input as a stream: all of it is there at once, and comes as one piece. */
  class Stdin extends EventEmitter {
    fd = 0;
    isTTY = false;
    #encoding = null;
    #started = false;
    #left = null;

    setEncoding(encoding) {
      this.#encoding = encoding;
      return this;
    }

    on(name, listener) {
      super.on(name, listener);
      if (name === 'data' || name === 'readable' || name === 'end') this.resume();
      return this;
    }

    resume() {
      if (this.#started) return this;
      this.#started = true;
      tools.later(() => {
        const bytes = require('buffer').Buffer.from(tools.readAll().buffer);
        if (bytes.length > 0) {
          const piece = this.#encoding ? bytes.toString(this.#encoding) : bytes;
          this.#left = piece;
          if (this.listenerCount('readable') > 0) this.emit('readable');
          if (this.listenerCount('data') > 0) this.emit('data', piece);
        }
        this.#left = null;
        if (this.listenerCount('readable') > 0) this.emit('readable');
        this.emit('end');
        this.emit('close');
      });
      return this;
    }

    read() {
      const piece = this.#left;
      this.#left = null;
      return piece;
    }

    pause() {
      return this;
    }

    unref() {
      return this;
    }

    pipe(to) {
      this.on('data', (piece) => to.write(piece));
      return to;
    }

    async *[Symbol.asyncIterator]() {
      this.#started = true;
      const bytes = require('buffer').Buffer.from(tools.readAll().buffer);
      if (bytes.length > 0) yield this.#encoding ? bytes.toString(this.#encoding) : bytes;
    }
  }

  return new Stdin();
})
