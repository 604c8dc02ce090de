import { Text, UnstyledButton, VisuallyHidden } from '@mantine/core';
import { useElementSize, useMergedRef } from '@mantine/hooks';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef } from 'react';
import { Failure } from '../display/failure.tsx';
import { regionInShort } from '../regions/region-names.ts';
import { StateGlyph } from '../states/state-look.tsx';
import classes from './matrix-list.module.css';
import { useMatrixRows } from './matrix-pages.ts';
import { cellWords, keyHome, keyName, type MatrixKey, type MatrixSubject } from './matrix-subject.ts';

const headHeight = 62;
const tile = { width: 48, height: 44 };

interface MatrixListProps {
  subject: MatrixSubject;
  onOpen: (key: MatrixKey, region: string) => void;
}

/** The matrix where there is no room for one: a list of keys, each with its Regions. */
export function MatrixList({ subject, onOpen }: MatrixListProps) {
  const { keys, regions, lookOf, chosen } = subject;
  const box = useRef<HTMLDivElement>(null);
  const { ref: measured, width } = useElementSize<HTMLDivElement>();
  const boxRef = useMergedRef(box, measured);
  const perLine = Math.max(1, Math.floor((width - 24) / tile.width));
  const rowHeight = headHeight + Math.ceil(regions.length / perLine) * tile.height;
  const rows = useVirtualizer({
    count: keys,
    getScrollElement: () => box.current,
    estimateSize: () => rowHeight,
    overscan: 4,
  });
  // The height of all rows has changed.
  useEffect(() => rows.measure(), [rowHeight]);
  useEffect(() => rows.scrollToOffset(0), [subject.list]);
  const { rowAt, error } = useMatrixRows(subject.pageOf, rows.range?.startIndex ?? 0, rows.range?.endIndex ?? 0);
  return (
    <>
      {error && <Failure error={error} what="these keys" />}
      <div ref={boxRef} className={classes.box}>
        <ul aria-label="Keys" className={classes.list} style={{ height: rows.getTotalSize() }}>
          {rows.getVirtualItems().map(({ index, start }) => {
            const key = rowAt(index);
            return (
              <li
                key={index}
                aria-setsize={keys}
                aria-posinset={index + 1}
                aria-busy={key === undefined}
                className={classes.item}
                style={{ height: rowHeight, transform: `translateY(${start}px)` }}
              >
                {key && (
                  <>
                    <Text size="sm" fw={600} truncate>
                      {keyName(key)}
                    </Text>
                    <Text size="xs" className="quiet numbers" truncate>
                      {keyHome(key)}
                    </Text>
                    <div className={classes.tiles}>
                      {regions.map((region, i) => {
                        const look = lookOf(key, i);
                        const nothing = key.primary_region === region ? '◇' : '·';
                        return (
                          <UnstyledButton
                            key={region}
                            className={classes.tile}
                            data-back={(chosen.look !== null && look?.label !== chosen.look.label) || undefined}
                            disabled={look === null}
                            onClick={() => onOpen(key, region)}
                          >
                            <span className={classes.glyph}>
                              {look === null ? nothing : <StateGlyph look={look} />}
                            </span>
                            <span className={classes.code}>{regionInShort(region)}</span>
                            <VisuallyHidden>
                              {region}: {cellWords(key, region, look, subject)}
                            </VisuallyHidden>
                          </UnstyledButton>
                        );
                      })}
                    </div>
                  </>
                )}
              </li>
            );
          })}
        </ul>
      </div>
    </>
  );
}
