import { expect, test } from 'vitest';
import { formatMoney, formatNumber, formatRate, formatShare } from './format-number.ts';

test('numbers are written in English, whatever the language of the machine', () => {
  expect(formatNumber(1_234.5678)).toBe('1,234.568');
  expect(formatNumber(1_234.5678, 0)).toBe('1,235');
  expect(formatRate(4)).toBe('4/s');
  expect(formatRate(4.56, 2)).toBe('4.56/s');
});

test('100 % is said of nothing but all', () => {
  expect(formatShare(1_775, 1_776)).toBe('99 %');
  expect(formatShare(1_776, 1_776)).toBe('100 %');
  expect(formatShare(0.57)).toBe('57 %');
});

test('a large amount is told without its cents', () => {
  expect(formatMoney({ amount: 21, currency: 'USD' })).toBe('$21.00');
  expect(formatMoney({ amount: 1_234.56, currency: 'USD' })).toBe('$1,235');
});
