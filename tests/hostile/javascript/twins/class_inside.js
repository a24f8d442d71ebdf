// trick: none: classes and private fields inside
class Adder {
  #a;
  constructor(a) { this.#a = a; }
  [Symbol.toPrimitive]() { return this.#a; }
}
const add = (a, b) => new Adder(a) + b;
