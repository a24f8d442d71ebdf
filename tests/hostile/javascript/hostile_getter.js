// trick: a getter that answers differently each time it is asked
// verdict: failed
// because: not plain data
function add() {
  let times = 0;
  return { get value() { times += 1; return times; } };
}
