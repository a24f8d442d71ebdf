// trick: a promise that never settles
// verdict: runtime-error
// because: never settled
const add = () => new Promise(() => {});
