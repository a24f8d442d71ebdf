// trick: none: methods added to the language, as programs do
Array.prototype.sum = function () { return this.reduce((a, b) => a + b, 0); };
Object.prototype.tap = function (f) { f(this); return this; };
function add(a, b) { return [a, b].sum(); }
