(function (tools, require) {
  'use strict';

  const EventEmitter = require('events');

  /* Lines of standard input, which is read when the first of them is wanted. */
  class Interface extends EventEmitter {
    #lines = null;
    #closed = false;
    #questions = [];
    #flowing = false;

    constructor() {
      super();
      tools.later(() => this.#flow());
    }

    #all() {
      if (this.#lines === null) {
        const text = tools.decode(tools.readAll());
        this.#lines = text.split(/\r\n|\n|\r/);
        if (this.#lines.at(-1) === '') this.#lines.pop();
      }
      return this.#lines;
    }

    #flow() {
      if (this.#flowing || this.#closed) return;
      this.#flowing = true;
      const step = () => {
        if (this.#closed) return;
        const lines = this.#all();
        if (this.#questions.length > 0) {
          if (lines.length === 0) return this.close();
          const answer = this.#questions.shift();
          answer(lines.shift());
          return void tools.later(step);
        }
        if (this.listenerCount('line') === 0) {
          this.#flowing = false;
          if (lines.length === 0) this.close();
          return;
        }
        while (lines.length > 0 && !this.#closed && this.#questions.length === 0) this.emit('line', lines.shift());
        if (this.#closed) return;
        if (lines.length === 0 && this.#questions.length === 0) return this.close();
        tools.later(step);
      };
      step();
    }

    on(name, listener) {
      super.on(name, listener);
      if (name === 'line') tools.later(() => this.#flow());
      return this;
    }

    question(text, ...rest) {
      process.stdout.write(String(text));
      this.#questions.push(rest.at(-1));
      tools.later(() => this.#flow());
    }

    setPrompt() {}

    prompt() {}

    write() {}

    pause() {
      return this;
    }

    resume() {
      return this;
    }

    close() {
      if (this.#closed) return;
      this.#closed = true;
      this.emit('close');
    }

    async *[Symbol.asyncIterator]() {
      this.#flowing = true;
      const lines = this.#all();
      while (lines.length > 0 && !this.#closed) yield lines.shift();
      this.close();
    }
  }

  const createInterface = () => new Interface();
  const promises = {
    createInterface() {
      const lines = new Interface();
      const ask = lines.question.bind(lines);
      lines.question = (text) => new Promise((resolve) => ask(text, resolve));
      return lines;
    },
  };
  return { createInterface, Interface, promises, clearLine: () => true, cursorTo: () => true };
})
