/** How a key stands in a Region, by the key state that CCKM lists. */
export function lookOfKeyState(state: string | null): { shape: string; colour: string; meaning: string } {
  switch (state) {
    case 'Enabled':
      return { shape: '●', colour: 'var(--state-succeeded)', meaning: 'Usable' };
    case 'Creating':
    case 'Updating':
      return { shape: '◕', colour: 'var(--state-creating)', meaning: 'KMS is at work on it' };
    case 'PendingImport':
      return { shape: '⇣', colour: 'var(--state-importing)', meaning: 'Waits for its key material' };
    case 'Disabled':
      return { shape: '⊘', colour: 'var(--state-blocked)', meaning: 'Cannot be used until it is enabled' };
    case 'PendingDeletion':
    case 'PendingReplicaDeletion':
      return { shape: '✕', colour: 'var(--state-failed)', meaning: 'Will be deleted; does not count as there' };
    case 'Gone':
      return { shape: '–', colour: 'var(--state-failed)', meaning: 'The container of CCKM has this Region no more' };
    default:
      return { shape: '?', colour: 'var(--state-pending)', meaning: 'CCKM does not say' };
  }
}
