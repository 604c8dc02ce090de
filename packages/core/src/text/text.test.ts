import fc from 'fast-check';
import { expect, it } from 'vitest';
import { withoutFormula } from './csv-cell.ts';
import { storableText, storableValue } from './storable-text.ts';
import { textOfBytes } from './text-of-bytes.ts';
import { startOf, truncateText } from './truncate-text.ts';
import { visibleLine, visibleText } from './visible-text.ts';

const anyText = fc.string({
  unit: fc.oneof(fc.constantFrom('\0', '\ud83d', '\ude00', '😀', 'é', 'x', ' '), fc.string()),
});
const isStorable = (text: string) => text.isWellFormed() && !text.includes('\0');

it('truncates a text without cutting a surrogate pair in two, at every length', () => {
  const text = 'a😀b😀😀c';
  for (let most = 1; most <= text.length + 1; most += 1) {
    expect(truncateText(text, most).isWellFormed()).toBe(true);
    expect(truncateText(text, most).length).toBeLessThanOrEqual(most);
    expect(startOf(text, most).isWellFormed()).toBe(true);
    expect(text.startsWith(startOf(text, most))).toBe(true);
  }
  expect(truncateText(text, text.length)).toBe(text);
  expect(truncateText('abcdef', 4)).toBe('abc…');
});

it('replaces what Postgres cannot store, and nothing else', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      expect(isStorable(storableText(text))).toBe(true);
      if (isStorable(text)) expect(storableText(text)).toBe(text);
    }),
  );
  expect(storableText('a\0b\ud800c😀')).toBe('a\ufffdb\ufffdc😀');
});

it('does so in names of fields and at any depth, whatever the value is', () => {
  expect(storableValue({ 'k\0': [{ x: '\udc00', n: 1, b: true, z: null }] })).toEqual({
    'k\ufffd': [{ x: '\ufffd', n: 1, b: true, z: null }],
  });
  const deep = JSON.parse(`${'['.repeat(50_000)}"\\u0000"${']'.repeat(50_000)}`) as unknown;
  expect(JSON.stringify(storableValue(deep)).length).toBeLessThan(200);
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(JSON.stringify(storableValue(value))).not.toMatch(/\\u0000|\\ud[89a-f]/i);
    }),
  );
});

it('decodes text in any script, and shows binary data as a placeholder', () => {
  const encode = (text: string) => new TextEncoder().encode(text);
  for (const text of ['', 'Bad gateway', '{"a":"Schlüssel 鍵 😀"}', 'a\ttab\r\nand a line', '\u001b[31mred\u001b[0m']) {
    expect(textOfBytes(encode(text))).toBe(text);
  }
  expect(textOfBytes(encode('one\0NUL'))).toBe('one\ufffdNUL');
  expect(textOfBytes(Uint8Array.from([0x67, 0xfc, 0x6e]))).toBe('g\ufffdn');
  const compressed = Uint8Array.from({ length: 1_234 }, (_, at) => (at * 167 + 31) % 256);
  expect(textOfBytes(compressed)).toBe('[binary data, 1,234 bytes]');
});

it('turns what a spreadsheet may run into text, and nothing else', () => {
  for (const cell of [
    '=1',
    '+1',
    '-1',
    '@a',
    '\t=1',
    '\r',
    '\n=1',
    '\u00a0 =1',
    '\u200b=1',
    '\u0001=1',
    '＝1',
    '＋1',
    '－1',
    '＠a',
  ]) {
    expect(withoutFormula(cell)).toBe(`'${cell}`);
  }
  for (const cell of ['', 'alias/a', 'a=1', ' a', 'ä-1', -1, null]) expect(withoutFormula(cell)).toBe(cell);
});

it('makes visible what a terminal would obey or hide', () => {
  expect(visibleText('a\u001b[31mb\u0007\r\u009bc')).toBe('a<U+001B>[31mb<U+0007><U+000D><U+009B>c');
  expect(visibleText('\u202egnp.exe\u2066\u200b\ufeff\u{e0041}')).toBe(
    '<U+202E>gnp.exe<U+2066><U+200B><U+FEFF><U+E0041>',
  );
  for (const text of ['dr-2026 é 😀 👩‍💻 שלום', 'two\nlines\tand a tab']) expect(visibleText(text)).toBe(text);
});

it('keeps a text of one line on one line', () => {
  expect(visibleLine('dr\nApprovals\t2 of 2\u202e é')).toBe('dr<U+000A>Approvals<U+0009>2 of 2<U+202E> é');
});
