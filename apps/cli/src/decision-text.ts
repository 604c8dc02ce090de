import type { DecisionLine, DecisionSection } from '@keyferry/core';
import { pc } from './output.ts';

/** For a terminal of 80 columns: a SHA-256 fits beside the labels. */
const columns = 80;
const labelWidth = 16;

/** What is decided, for a person at a terminal: sections under their titles, labels at the left. */
export function decisionText(sections: readonly DecisionSection[]): string {
  return sections
    .map(({ title, lines }) => [pc.bold(title.toUpperCase()), ...sectionRows(lines)].join('\n'))
    .join('\n\n');
}

function sectionRows(lines: readonly DecisionLine[]): string[] {
  return lines.flatMap((line, i) => {
    const { label, said, warns, document } = line;
    if (document) return [`${label}:`, ...said.flatMap((text) => wrapped(text, 2))];
    // Said once where several lines have one label.
    const shown = lines[i - 1]?.label === label ? '' : label;
    const besides = shown.length < labelWidth;
    const texts = said.flatMap((text) => wrapped(warns ? `! ${text}` : text, label === '' ? 0 : labelWidth));
    const painted = warns ? texts.map((text) => pc.yellow(text)) : texts;
    if (label === '' || shown === '') return painted;
    if (!besides) return [shown, ...painted];
    return [`${shown.padEnd(labelWidth)}${(texts[0] ?? '').slice(labelWidth)}`, ...painted.slice(1)];
  });
}

/** A text in lines of 80 columns, all of them so far in; what it has of spaces at its beginning stays. A word is never cut. */
function wrapped(text: string, indent: number): string[] {
  const own = /^ */.exec(text)?.[0] ?? '';
  const margin = ' '.repeat(indent) + own;
  const rows: string[] = [];
  let row = '';
  for (const word of text.slice(own.length).split(' ')) {
    const longer = row === '' ? word : `${row} ${word}`;
    if (row !== '' && margin.length + longer.length > columns) {
      rows.push(margin + row);
      row = word;
    } else row = longer;
  }
  return [...rows, margin + row];
}
