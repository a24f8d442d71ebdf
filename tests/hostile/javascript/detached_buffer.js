// trick: an array of numbers whose memory is gone
// verdict: failed
// because: expected 5
function add() {
  const numbers = new Float64Array([5]);
  numbers.buffer.transfer();
  return numbers;
}
