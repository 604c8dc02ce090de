import { expect, test } from 'vitest';
import type { RunbookStep } from './runbook.ts';
import { stepInWords } from './step-in-words.ts';

test('a step is described by its title, else by what it does', () => {
  const promote = { step: 'promote', to: 'eu-west-1', title: null } as RunbookStep;
  expect(stepInWords(promote)).toBe('Promote to eu-west-1');
  expect(stepInWords({ ...promote, title: 'Move the ledger' } as RunbookStep)).toBe('Move the ledger');
  expect(stepInWords({ step: 'http', url: 'https://checks.example.com/decrypt', title: null } as RunbookStep)).toBe(
    'Call checks.example.com',
  );
});
