// trick: none: names that the pack uses itself
const assert = 1, console = { log() {} }, process = {}, module = 2, util = 3;
function require() { return 4; }
function add(a, b) { return a + b + assert - 1; }
