import { expect, it } from 'vitest';
import { rowsOf, takeFile } from './manifest-file.ts';

it('takes the text of a short file, byte for byte', async () => {
  const bytes = new TextEncoder().encode('\ufeffkey,region\r\na,ü\r\n');
  const taken = await takeFile(new File([bytes], 'rows.csv'));
  expect(taken).toMatchObject({ name: 'rows.csv', file: null });
  expect(new Uint8Array((await (taken && rowsOf(taken))?.rows.arrayBuffer()) ?? [])).toEqual(bytes);
});

it('leaves a long file, and one that is not UTF-8, as it is', async () => {
  for (const file of [
    new File(['x'.repeat(600_000)], 'long.csv'),
    new File([new Uint8Array([0xfc, 0x0a])], 'odd.csv'),
  ]) {
    const taken = await takeFile(file);
    expect(taken).toEqual({ name: file.name, text: null, file });
    expect((taken && rowsOf(taken))?.rows).toBe(file);
  }
});
