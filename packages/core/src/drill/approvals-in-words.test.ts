import { expect, it } from 'vitest';
import { approvalsInWords } from './approvals-in-words.ts';

it('says how many are missing', () => {
  expect(approvalsInWords(0, 1)).toBe('0 of 1 approval, waiting for 1 more');
  expect(approvalsInWords(1, 2)).toBe('1 of 2 approvals, waiting for 1 more');
  expect(approvalsInWords(2, 2)).toBe('2 of 2 approvals');
});
