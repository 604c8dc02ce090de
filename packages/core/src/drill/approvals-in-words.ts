/** How many approvals of a drill or a step are given, and how many are missing: `1 of 2 approvals, waiting for 1 more`. */
export function approvalsInWords(given: number, required: number): string {
  const missing = Math.max(0, required - given);
  const of = `${given} of ${required} ${required === 1 ? 'approval' : 'approvals'}`;
  return missing === 0 ? of : `${of}, waiting for ${missing} more`;
}
