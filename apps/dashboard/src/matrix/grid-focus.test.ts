import { expect, test } from 'vitest';
import { gridMove } from './grid-focus.ts';

const size = { rows: 20_000, cols: 21, pageRows: 15 };
const press = (key: string, row: number, col: number, ctrlKey = false) =>
  gridMove({ key, ctrlKey }, { row, col }, size);

test('arrows go one cell and stop at the edges', () => {
  expect(press('ArrowDown', 4, 3)).toEqual({ row: 5, col: 3 });
  expect(press('ArrowRight', 4, 20)).toEqual({ row: 4, col: 20 });
  expect(press('ArrowDown', 19_999, 3)).toEqual({ row: 19_999, col: 3 });
  expect(press('ArrowUp', 0, 3)).toEqual({ row: -1, col: 3 });
  expect(press('ArrowUp', -2, 3)).toEqual({ row: -2, col: 3 });
});

test('pages stop at the first key, and at the head only from there', () => {
  expect(press('PageDown', 4, 3)).toEqual({ row: 19, col: 3 });
  expect(press('PageUp', 7, 3)).toEqual({ row: 0, col: 3 });
  expect(press('PageUp', 0, 3)).toEqual({ row: -2, col: 3 });
  expect(press('PageDown', -2, 3)).toEqual({ row: 13, col: 3 });
});

test('home and end go along the row, with Ctrl to the first and last cell', () => {
  expect(press('Home', 4, 3)).toEqual({ row: 4, col: 0 });
  expect(press('End', 4, 3)).toEqual({ row: 4, col: 20 });
  expect(press('Home', 4, 3, true)).toEqual({ row: 0, col: 0 });
  expect(press('End', 4, 3, true)).toEqual({ row: 19_999, col: 20 });
});

test('other keys are left to others', () => {
  expect(press('Tab', 4, 3)).toBeNull();
});
