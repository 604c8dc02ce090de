import { expect, test } from 'vitest';
import { parseRedisUrl } from './redis-url.ts';

test.each([
  ['redis://localhost', { kind: 'single', host: 'localhost', port: 6379, tls: false, db: 0 }],
  [
    'rediss://u%40x:p%3Aw@cache.example:6380/3',
    { kind: 'single', host: 'cache.example', port: 6380, tls: true, db: 3, username: 'u@x', password: 'p:w' },
  ],
  ['redis://:secret@[::1]:7000', { kind: 'single', host: '::1', port: 7000, tls: false, db: 0, password: 'secret' }],
  [
    'redis-sentinel://:secret@s1:26380,s2/main/2?sentinel_username=watch&sentinel_password=other',
    {
      kind: 'sentinel',
      sentinels: [
        { host: 's1', port: 26380 },
        { host: 's2', port: 26379 },
      ],
      master: 'main',
      sentinelUsername: 'watch',
      sentinelPassword: 'other',
      password: 'secret',
      tls: false,
      db: 2,
    },
  ],
  [
    'rediss-cluster://a:7001,b:7002',
    {
      kind: 'cluster',
      nodes: [
        { host: 'a', port: 7001 },
        { host: 'b', port: 7002 },
      ],
      tls: true,
      db: 0,
    },
  ],
])('%s names its servers', (url, target) => {
  expect(parseRedisUrl(url)).toEqual(target);
});

test.each([
  'http://:secret@localhost',
  'redis://:secret@a:1,b:2',
  'redis-sentinel://:secret@s1',
  'redis-cluster://:secret@a/4',
  'redis://:secret@host:99999',
  'redis://:secret@host/db',
])('%s is refused without quoting the password', (url) => {
  expect(() => parseRedisUrl(url)).toThrow(/REDIS_URL is not valid/);
  expect(() => parseRedisUrl(url)).not.toThrow(/secret/);
});
