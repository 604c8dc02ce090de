import { pc } from '../output.ts';
import type { Finding } from './finding.ts';

const paint = { ok: pc.green, warn: pc.yellow, fail: pc.red };

/** The findings for a person: a line each, and under it what to do. */
export function report(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ check }) => check.length));
  const indent = ' '.repeat('fail'.length + width + 4);
  const lines = findings.flatMap(({ check, status, found, advice }) => [
    `${paint[status](status.padEnd(4))}  ${check.padEnd(width)}  ${found.replaceAll('\n', `\n${indent}`)}`,
    ...(advice === null ? [] : [`${indent}→ ${advice}`]),
  ]);
  return [...lines, '', summary(findings)].join('\n');
}

function summary(findings: readonly Finding[]): string {
  const count = (status: Finding['status']) => findings.filter((finding) => finding.status === status).length;
  const [failed, warned] = [count('fail'), count('warn')];
  const warnings = `${warned} ${warned === 1 ? 'warning' : 'warnings'}`;
  if (failed > 0) return pc.red(`${failed} failed, ${warnings}.`);
  return warned > 0 ? pc.yellow(`No failure, ${warnings}.`) : pc.green('Healthy.');
}
