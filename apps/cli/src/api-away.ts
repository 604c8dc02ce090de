/** The message while the API does not answer. `refusal`: why it refuses requests; null: no answer. */

export function awayNote(refusal: string | null, patienceSeconds: number): string {
  const why = refusal === null ? 'Cannot reach the API.' : `The API refuses requests: ${refusal}`;
  return `${why} Retrying for up to ${patienceSeconds} s.`;
}

export function awayTooLong(refusal: string | null, patienceSeconds: number): string {
  return refusal === null
    ? `The API did not come back within ${patienceSeconds} s.`
    : `The API refused requests for ${patienceSeconds} s: ${refusal}`;
}
