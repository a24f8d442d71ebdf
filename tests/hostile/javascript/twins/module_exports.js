// trick: none: exports in the way of node
const add = (a, b) => a + b;
if (require.main === module) console.log(add(1, 2));
module.exports = { add };
