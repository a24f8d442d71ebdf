(function () {
  'use strict';

  class EventEmitter {
    #listeners = new Map();

    on(name, listener) {
      if (typeof listener !== 'function') throw new TypeError('The "listener" argument must be of type function');
      if (!this.#listeners.has(name)) this.#listeners.set(name, []);
      this.#listeners.get(name).push({ listener, once: false });
      return this;
    }

    addListener(name, listener) {
      return this.on(name, listener);
    }

    once(name, listener) {
      this.on(name, listener);
      this.#listeners.get(name).at(-1).once = true;
      return this;
    }

    off(name, listener) {
      const all = this.#listeners.get(name) ?? [];
      const at = all.findLastIndex((one) => one.listener === listener);
      if (at >= 0) this.#listeners.set(name, all.toSpliced(at, 1));
      return this;
    }

    removeListener(name, listener) {
      return this.off(name, listener);
    }

    removeAllListeners(name) {
      if (name === undefined) this.#listeners.clear();
      else this.#listeners.delete(name);
      return this;
    }

    emit(name, ...values) {
      const all = this.#listeners.get(name) ?? [];
      if (name === 'error' && all.length === 0) throw values[0] instanceof Error ? values[0] : new Error(`Unhandled error. (${values[0]})`);
      for (const one of [...all]) {
        if (one.once) this.off(name, one.listener);
        one.listener.apply(this, values);
      }
      return all.length > 0;
    }

    listenerCount(name) {
      return (this.#listeners.get(name) ?? []).length;
    }

    listeners(name) {
      return (this.#listeners.get(name) ?? []).map((one) => one.listener);
    }

    eventNames() {
      return [...this.#listeners.keys()].filter((name) => this.listenerCount(name) > 0);
    }

    setMaxListeners() {
      return this;
    }
  }

  EventEmitter.EventEmitter = EventEmitter;
  EventEmitter.once = (emitter, name) => new Promise((resolve) => emitter.once(name, (...values) => resolve(values)));
  return EventEmitter;
})
