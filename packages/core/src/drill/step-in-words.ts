import type { RunbookStep } from './runbook.ts';

/** What a step does, where the runbook gives it no title of its own. */
export function stepInWords(step: RunbookStep): string {
  if (step.title !== null) return step.title;
  switch (step.step) {
    case 'preflight':
      return 'Run preflight checks';
    case 'coverage':
      return step.policy === null
        ? `Check coverage${least(step.at_least)}`
        : `Check ${step.policy}${least(step.at_least)}`;
    case 'replicate':
      return `Replicate missing keys${where(step.regions)}`;
    case 'verify':
      return `Verify every replica${where(step.regions)}`;
    case 'promote':
      return `Promote to ${step.to}`;
    case 'failback':
      return 'Fail back to the original Regions';
    case 'wait':
      return `Wait ${step.for}`;
    case 'approve':
      return step.message ?? 'Approve or reject';
    case 'notify':
      return `Notify: ${step.message}`;
    case 'http':
      return `Call ${hostOf(step.url)}`;
  }
}

const where = (regions: readonly string[] | undefined): string => (regions ? ` in ${regions.join(', ')}` : '');
const least = (percent: number): string => (percent === 100 ? '' : `, at least ${percent} %`);

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}
