// trick: more values than may cross
// verdict: failed
// because: an array of 3000000 elements
const all = new Array(3000000).fill(5);
const add = () => all;
