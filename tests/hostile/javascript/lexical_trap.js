// trick: a name that throws when it is read
// verdict: runtime-error
// because: the program raised RangeError
Object.defineProperty(globalThis, 'add', { get() { throw new RangeError('read'); } });
