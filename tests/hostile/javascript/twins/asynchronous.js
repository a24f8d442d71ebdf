// trick: none: an asynchronous function
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
async function add(a, b) {
  await wait(1000);
  return a + b;
}
