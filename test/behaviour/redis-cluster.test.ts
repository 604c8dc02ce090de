import { testFailover } from '../harness/test-failover.ts';
import { startRedisCluster } from '../servers/index.ts';

testFailover('on a Redis Cluster', startRedisCluster);
