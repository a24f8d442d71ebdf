// trick: an array of four billion elements that are not there
// verdict: failed
// because: an array of 4294967295 elements
function add() {
  const all = [];
  all.length = 4294967295;
  return all;
}
