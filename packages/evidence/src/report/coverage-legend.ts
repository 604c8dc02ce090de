/** How the matrix of a report shows a state of coverage: by letter and colour, so that a grey print tells too. */
const coverageLegend: Readonly<Record<string, { letter: string; label: string; tone: string }>> = {
  covered: { letter: 'C', label: 'covered', tone: 'good' },
  expiring: { letter: 'E', label: 'material expires soon', tone: 'warn' },
  drifted: { letter: 'R', label: 'properties drifted', tone: 'warn' },
  disabled: { letter: 'D', label: 'disabled', tone: 'bad' },
  pending_import: { letter: 'I', label: 'without key material', tone: 'bad' },
  pending_deletion: { letter: 'P', label: 'pending deletion', tone: 'bad' },
  missing: { letter: 'M', label: 'missing', tone: 'bad' },
  unknown: { letter: 'U', label: 'unknown', tone: 'unknown' },
};

export const legendOf = (state: string | null) =>
  coverageLegend[state ?? 'unknown'] ?? { letter: '?', label: state ?? 'unknown', tone: 'unknown' };
