import { expect, it } from 'vitest';
import { forTerminal } from './output.ts';

it('colours stay, and what comes from outside can do nothing but colour', () => {
  const name = 'dr\u001b]0;title\u0007\u001b[2J\u001b[8mhidden\u202e';
  expect(forTerminal(`\u001b[31m${name}\u001b[39m`)).toBe(
    '\u001b[31mdr<U+001B>]0;title<U+0007><U+001B>[2J<U+001B>[8mhidden<U+202E>\u001b[39m',
  );
});
