(function () {
  'use strict';
  return { EOL: '\n', platform: () => 'linux', cpus: () => [], tmpdir: () => '/tmp', hostname: () => 'localhost' };
})
