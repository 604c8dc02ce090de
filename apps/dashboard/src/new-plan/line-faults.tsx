import { formatNumber, startOf, visibleText } from '@keyferry/core';
import { Anchor, Button, Code, Group, List, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import looks from './numbered-text.module.css';

/** Faults that are listed at first. */
const shownAtFirst = 5;
/** And at most: who has more to fix has pasted something else than was meant. */
const mostShown = 100;
/** Of a long line, what stands around the mark. */
const around = 60;

/** Something wrong in a line of a text. */
export interface LineFault {
  /** From 1. */
  readonly line: number;
  /** The line as it stands there; null: it is not known. */
  readonly text: string | null;
  /** What of it is wrong; from and to in the line. */
  readonly mark: readonly [from: number, to: number];
  readonly why: string;
}

interface LineFaultsProps {
  /** What the list is of, for who cannot see where it stands. */
  label: string;
  total: number;
  /** The first so many faults: worked out for as many as are shown. */
  faults: (count: number) => readonly LineFault[];
  /** Puts the cursor there. */
  onGo?: (fault: LineFault, index: number) => void;
}

/** Each line with something wrong: its number, the line with a mark, and why. */
export function LineFaults({ label, total, faults, onGo }: LineFaultsProps) {
  const [most, setMost] = useState(shownAtFirst);
  const hidden = total - Math.min(most, total);
  return (
    <Stack gap={4}>
      <List size="sm" spacing={6} aria-label={label} listStyleType="none">
        {faults(Math.min(most, total)).map((fault, i) => (
          <List.Item key={i}>
            <Text size="sm">
              {onGo ? (
                <Anchor component="button" type="button" fw={600} onClick={() => onGo(fault, i)}>
                  Line {formatNumber(fault.line)}
                </Anchor>
              ) : (
                <b>Line {formatNumber(fault.line)}</b>
              )}
              : <MarkedLine {...fault} />
            </Text>
            <Text size="sm">{fault.why}</Text>
          </List.Item>
        ))}
      </List>
      {hidden > 0 && (
        <Group gap="xs">
          <Text size="sm">and {formatNumber(hidden)} more</Text>
          {most < mostShown && (
            <Button variant="subtle" size="compact-sm" onClick={() => setMost(mostShown)}>
              Show {hidden > mostShown ? `the first ${mostShown}` : 'all'}
            </Button>
          )}
        </Group>
      )}
    </Stack>
  );
}

function MarkedLine({ text, mark: [from, to] }: LineFault) {
  if (text === null) return null;
  const [before, after] = [text.slice(0, from), text.slice(to)];
  return (
    <Code className={looks.line}>
      {before.length > around && '…'}
      {visibleText(before.slice(-around))}
      <mark>{visibleText(startOf(text.slice(from, to), 2 * around))}</mark>
      {visibleText(startOf(after, around))}
      {after.length > around && '…'}
    </Code>
  );
}
