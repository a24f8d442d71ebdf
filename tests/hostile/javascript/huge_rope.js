// trick: a text of half a billion letters, put together without memory
// verdict: failed
// because: data of more than
function add() {
  let text = 'x'.repeat(8192);
  while (text.length < 1 << 28) text += text;
  return text;
}
