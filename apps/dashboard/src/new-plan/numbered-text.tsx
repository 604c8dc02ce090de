import { Textarea, type TextareaProps } from '@mantine/core';
import { useState } from 'react';
import looks from './numbered-text.module.css';

/** How high a line is. */
export const linePx = 20;
/** More lines than a text area shows, however far it is pulled open. */
const drawnLines = 80;

interface NumberedTextProps extends Omit<TextareaProps, 'value' | 'onChange' | 'classNames'> {
  value: string;
  onChange: (text: string) => void;
  /** Lines with something wrong, from 1. */
  faulty: ReadonlySet<number>;
}

/** A text of lines that are not wrapped, with their numbers beside them; those with something wrong are marked. */
export function NumberedText({ value, onChange, faulty, ...props }: NumberedTextProps) {
  const [scrolled, setScrolled] = useState(0);
  let lines = 1;
  for (let at = value.indexOf('\n'); at >= 0; at = value.indexOf('\n', at + 1)) lines += 1;
  const first = Math.floor(scrolled / linePx);
  const shown = Array.from({ length: Math.min(drawnLines, lines - first) }, (_, i) => first + i + 1);
  return (
    <Textarea
      rows={8}
      resize="vertical"
      wrap="off"
      spellCheck={false}
      {...props}
      classNames={{ input: looks.input ?? '', section: looks.section ?? '' }}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      onScroll={(event) => setScrolled(event.currentTarget.scrollTop)}
      leftSectionWidth={42 + 8 * Math.max(2, String(lines).length)}
      leftSection={
        <div className={looks.gutter} aria-hidden>
          <div className={looks.numbers} style={{ transform: `translateY(${-(scrolled % linePx)}px)` }}>
            {shown.map((line) => (
              <div key={line} data-faulty={faulty.has(line) || undefined}>
                {faulty.has(line) ? `✗ ${line}` : line}
              </div>
            ))}
          </div>
        </div>
      }
    />
  );
}
