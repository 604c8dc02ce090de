import { ProblemError } from '@keyferry/client';
import { expect, it } from 'vitest';
import { markedPart, readLines, refusedLines } from './refused-lines.ts';

const problem = (more: object) =>
  new ProblemError({ type: '', title: '', status: 422, detail: 'No.', instance: '', request_id: '1', ...more });

it('takes the lines that an answer names, whichever way it names them', () => {
  const errors = [
    { path: 'manifest[3].region', code: 'unknown_region', message: 'Which?', line: 3 },
    { path: 'name', code: 'required', message: 'Name it.' },
  ];
  expect(refusedLines(problem({ errors }))).toEqual([{ line: 3, message: 'Which?' }]);
  const detail = 'The manifest cannot be read. Line 7: a quote that was opened is never closed.';
  expect(refusedLines(problem({ detail }))).toEqual([{ line: 7, message: detail }]);
  expect(refusedLines(new Error('Line 7'))).toEqual([]);
});

it('marks what the message quotes of the line, or all of it', () => {
  expect(markedPart('mrk-1,eu-wset-1', '"eu-wset-1" is not an AWS Region. Write "eu-west-1".')).toEqual([6, 15]);
  expect(markedPart('mrk-1,eu-wset-1', 'No.')).toEqual([0, 15]);
});

it('reads the wanted lines of a file, the last one too, however they end', async () => {
  const file = new Blob(['key,region\r\na,ü\n', 'b', ',eu-west-1\nc,eu-west-2']);
  const lines = await readLines(file, new Set([1, 2, 3, 4, 9]));
  expect([...lines]).toEqual([
    [1, 'key,region'],
    [2, 'a,ü'],
    [3, 'b,eu-west-1'],
    [4, 'c,eu-west-2'],
  ]);
});
