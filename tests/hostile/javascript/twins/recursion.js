// trick: none: deep recursion that ends
const down = (n) => (n === 0 ? 0 : 1 + down(n - 1));
function add(a, b) { return a + b + down(8000) - 8000; }
