// trick: an array whose own methods say yes to whatever they are asked
// verdict: failed
// because: not plain data
function add() {
  const sums = [];
  sums.includes = () => true;
  sums.toString = () => "5";
  return sums;
}
