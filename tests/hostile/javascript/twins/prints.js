// trick: none: output, which is no answer and no fault
console.log('starting', { a: [1, 2] });
function add(a, b) {
  console.log(`adding ${a} and ${b}`);
  console.error('done');
  return a + b;
}
