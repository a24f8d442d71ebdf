// trick: none: an object literal with methods that use `this`
const counter = () => ({ n: 0, add(x) { this.n += x; return this; } });
function add(a, b) {
  return counter().add(a).add(b).n;
}
