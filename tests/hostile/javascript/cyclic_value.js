// trick: data that holds itself
// verdict: failed
// because: holds itself
function add() {
  const all = [5];
  all.push(all);
  return all;
}
