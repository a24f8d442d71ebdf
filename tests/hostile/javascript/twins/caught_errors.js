// trick: none: errors that are thrown and caught
function add(a, b) {
  try {
    null.missing();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  } finally {
    b += 0;
  }
  return a + b;
}
