import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';

const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/** A hundred looks a second at the event loop, as is usual, cost an idle API more than all else that it does. */
const eventLoopEveryMs = 100;

/** The metrics of one process, with those that every process has: its build, event loop, heap, garbage collection, CPU. */
export function openRegistry(component: 'api' | 'worker'): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: eventLoopEveryMs });
  const build = new Gauge({
    name: 'keyferry_build_info',
    help: 'Always 1; the labels say what runs.',
    labelNames: ['component', 'version'],
    registers: [registry],
  });
  build.set({ component, version }, 1);
  new Counter({
    name: 'keyferry_eventloop_active_seconds_total',
    help: 'Time that the event loop was busy; its rate is the share of a core that JavaScript uses.',
    registers: [registry],
    collect() {
      this.reset();
      this.inc(performance.eventLoopUtilization().active / 1_000);
    },
  });
  return registry;
}
