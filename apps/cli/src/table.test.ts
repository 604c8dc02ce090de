import { afterEach, describe, expect, it } from 'vitest';
import { createTable } from './table.ts';

const { isTTY, columns } = process.stdout;
afterEach(() => Object.assign(process.stdout, { isTTY, columns }));

function made(): string {
  const table = createTable(['id', 'name', 'replicas', 'what to do'], ['replicas']);
  table.push(['0190-aaaa', 'quickstart', 12, 'Allow kms:ReplicateKey in the policy of the connection.']);
  table.push(['0190-bbbb', 'dr', 1234, '-']);
  return table.toString();
}

describe('a table', () => {
  it('is plain columns in a pipe, uncut, without a space at the end of a line', () => {
    Object.assign(process.stdout, { isTTY: false });
    expect(made()).toBe(
      [
        'id         name        replicas  what to do',
        '0190-aaaa  quickstart        12  Allow kms:ReplicateKey in the policy of the connection.',
        '0190-bbbb  dr              1234  -',
      ].join('\n'),
    );
  });

  it('is no wider than its terminal, and leaves what commands are given whole', () => {
    for (const width of [80, 60, 48]) {
      Object.assign(process.stdout, { isTTY: true, columns: width });
      const lines = made().split('\n');
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
      expect(lines.join(' ').replaceAll(/\s+/g, ' ')).toContain('0190-aaaa quickstart 12 Allow kms');
    }
  });
});
