// trick: data nested deeper than may cross
// verdict: failed
// because: nested deeper
function add() {
  let value = 5;
  for (let i = 0; i < 5000; i++) value = [value];
  return value;
}
