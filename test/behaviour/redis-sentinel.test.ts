import { testFailover } from '../harness/test-failover.ts';
import { startRedisSentinel } from '../servers/index.ts';

testFailover('on Redis with Sentinels, the first of which hangs', startRedisSentinel);
