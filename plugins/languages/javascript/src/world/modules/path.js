(function () {
  'use strict';

  function normalize(path) {
    const kept = [];
    const absolute = path.startsWith('/');
    for (const part of path.split('/')) {
      if (part === '' || part === '.') continue;
      if (part === '..' && kept.length > 0 && kept.at(-1) !== '..') kept.pop();
      else if (part !== '..' || !absolute) kept.push(part);
    }
    const tail = path.endsWith('/') && kept.length > 0 ? '/' : '';
    return (absolute ? '/' : '') + kept.join('/') + tail || '.';
  }

  const trimmed = (path) => (path.length > 1 ? path.replace(/\/+$/, '') : path);
  const join = (...parts) => normalize(parts.filter((part) => part !== '').join('/') || '.');

  function basename(path, ending = '') {
    const name = trimmed(path).split('/').at(-1);
    return ending && name !== ending && name.endsWith(ending) ? name.slice(0, -ending.length) : name;
  }

  function dirname(path) {
    const parts = trimmed(path).split('/');
    parts.pop();
    return parts.length === 0 ? '.' : parts.join('/') || '/';
  }

  function extname(path) {
    const name = basename(path);
    const at = name.lastIndexOf('.');
    return at > 0 ? name.slice(at) : '';
  }

  function resolve(...parts) {
    let path = '';
    for (const part of parts.reverse()) {
      path = path ? `${part}/${path}` : part;
      if (part.startsWith('/')) break;
    }
    return trimmed(normalize(path.startsWith('/') ? path : `/${path}`));
  }

  return { sep: '/', delimiter: ':', join, normalize, basename, dirname, extname, resolve, isAbsolute: (path) => path.startsWith('/') };
})
