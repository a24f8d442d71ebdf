// trick: none: a function that is only exported
exports.add = function (a, b) { return a + b; };
