import type { RunbookStep } from './runbook.ts';

/** What a step does, where the runbook gives it no title of its own. */
export function stepInWords(step: RunbookStep): string {
  if (step.title !== null) return step.title;
  switch (step.step) {
    case 'preflight':
      return 'Check what could stand in the way';
    case 'coverage':
      return step.policy === null
        ? `Check the coverage${least(step.at_least)}`
        : `Check ${step.policy}${least(step.at_least)}`;
    case 'replicate':
      return `Replicate what is missing${where(step.regions)}`;
    case 'verify':
      return `Prove every replica${where(step.regions)}`;
    case 'promote':
      return `Promote to ${step.to}`;
    case 'failback':
      return 'Fail back to where the primaries were';
    case 'wait':
      return `Wait ${step.for}`;
    case 'approve':
      return step.message ?? 'Go or no-go';
    case 'notify':
      return `Tell: ${step.message}`;
    case 'http':
      return `Ask ${hostOf(step.url)}`;
  }
}

const where = (regions: readonly string[] | undefined): string => (regions ? ` in ${regions.join(', ')}` : '');
const least = (percent: number): string => (percent === 100 ? '' : `, at least ${percent} %`);

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}
