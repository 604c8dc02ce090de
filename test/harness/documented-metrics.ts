import { readFileSync } from 'node:fs';
import type { ExposedMetric } from './read-exposition.ts';

/**
 * Metrics as docs/reference/metrics.md has them under some of its headings: name, type and labels, a line each. The labels of what is
 * not ours are left out: they are seen only once something has happened.
 */
export function documentedMetrics(...headings: string[]): string[] {
  const text = readFileSync(new URL('../../docs/reference/metrics.md', import.meta.url), 'utf8');
  return headings
    .flatMap((heading) => (text.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '').split('\n'))
    .filter((row) => row.startsWith('| `'))
    .filter((row) => process.platform === 'linux' || !row.includes('(Linux)'))
    .map((row) => row.split(/\s*\|\s*/).slice(1, 4))
    .map(([name = '', type = '', labels = '']) => {
      return line([name, type.split(',')[0] ?? '', ...labels.split(/[\s,]+/).filter(Boolean)]);
    })
    .sort();
}

/** What was exposed, in the same form. */
export function exposedMetrics(metrics: ReadonlyMap<string, ExposedMetric>): string[] {
  return [...metrics]
    .map(([name, { type, samples }]) => {
      const labels = new Set(samples.flatMap((sample) => Object.keys(sample.labels)));
      for (const own of type === 'histogram' ? ['le'] : type === 'summary' ? ['quantile'] : []) labels.delete(own);
      return line([name, type, ...labels]);
    })
    .sort();
}

function line([name = '', type = '', ...labels]: string[]): string {
  const cells = name.includes('keyferry_') ? [name, type, ...labels.sort()] : [name, type];
  return cells.join(' ').replaceAll('`', '');
}
