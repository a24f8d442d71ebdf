// trick: a number object with a value of its own
// verdict: failed
// because: not plain data
function add() {
  const five = new Number(0);
  five.valueOf = () => 5;
  return five;
}
