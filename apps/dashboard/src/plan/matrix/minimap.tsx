import { countsOf, type MatrixBucketsView, type ReplicaState } from '@keyferry/core';
import { Tooltip, useComputedColorScheme } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { type KeyboardEvent, type PointerEvent, useEffect, useRef, useState } from 'react';
import { inWords } from '../../states/replica-states.ts';
import { countsOfLetters, sharesOf } from './cells.ts';
import classes from './minimap.module.css';

interface MinimapProps {
  view: MatrixBucketsView;
  /** The rows in view. */
  first: number;
  last: number;
  onJump: (index: number) => void;
}

/** All keys at once, one slice of them a line: where in the plan something is wrong, and a jump there. */
export function Minimap({ view, first, last, onJump }: MinimapProps) {
  const { regions, keys, buckets } = view;
  const canvas = useRef<HTMLCanvasElement>(null);
  const { ref, width, height } = useElementSize<HTMLDivElement>();
  const scheme = useComputedColorScheme();
  const [pointed, setPointed] = useState<number | null>(null);

  useEffect(() => {
    if (canvas.current && width > 0 && height > 0) paint(canvas.current, view, width, height);
  }, [view, width, height, scheme]);

  const perSlice = buckets[0]?.keys ?? 1;
  const sliceOf = (index: number) => Math.min(buckets.length - 1, Math.max(0, Math.floor(index / perSlice)));
  const words = (slice: number) => {
    const bucket = buckets[slice];
    if (!bucket) return '';
    const of = `${(bucket.from + 1).toLocaleString('en')}–${(bucket.from + bucket.keys).toLocaleString('en')}`;
    return `Keys ${of}: ${inWords(countsOf(countsOfLetters(...bucket.counts)))}`;
  };
  const keyAt = (event: PointerEvent) => {
    const { top } = event.currentTarget.getBoundingClientRect();
    return Math.min(keys - 1, Math.max(0, Math.floor(((event.clientY - top) / height) * keys)));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const by = { ArrowUp: -1, ArrowDown: 1, PageUp: -10, PageDown: 10, Home: -Infinity, End: Infinity }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    onJump(buckets[sliceOf(Math.min(keys - 1, Math.max(0, first + by * perSlice)))]?.from ?? 0);
  };
  return (
    <div className={classes.minimap} style={{ width: Math.min(120, Math.max(36, regions.length * 4)) }}>
      <div className={classes.title}>
        <span className="numbers">{keys.toLocaleString('en')}</span> keys
      </div>
      <div
        ref={ref}
        role="slider"
        aria-label="Place among all keys"
        aria-orientation="vertical"
        aria-valuemin={1}
        aria-valuemax={keys}
        aria-valuenow={first + 1}
        aria-valuetext={words(sliceOf(first))}
        tabIndex={0}
        className={classes.picture}
        onKeyDown={onKeyDown}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          onJump(keyAt(event));
        }}
        onPointerMove={(event) => {
          setPointed(sliceOf(keyAt(event)));
          if (event.buttons === 1) onJump(keyAt(event));
        }}
        onPointerLeave={() => setPointed(null)}
      >
        <canvas ref={canvas} className={classes.canvas} />
        <div
          className={classes.view}
          style={{ top: `${(100 * first) / keys}%`, height: `${(100 * (last - first + 1)) / keys}%` }}
        />
        {pointed !== null && (
          <Tooltip opened label={words(pointed)} position="left" multiline maw={280} transitionProps={{ duration: 0 }}>
            <div className={classes.pointed} style={{ top: `${(100 * (buckets[pointed]?.from ?? 0)) / keys}%` }} />
          </Tooltip>
        )}
      </div>
    </div>
  );
}

/** What is well or waits is pale, as in the cells, so that what is wrong stands out. */
const strength: Readonly<Record<ReplicaState, number>> = {
  pending: 0.22,
  queued: 0.7,
  replicating: 0.9,
  creating: 0.9,
  importing: 0.9,
  succeeded: 0.42,
  already_present: 0.42,
  failed: 1,
  blocked: 1,
  cancelled: 0.22,
};

function paint(
  canvas: HTMLCanvasElement,
  { regions, keys, buckets }: MatrixBucketsView,
  width: number,
  height: number,
) {
  const scale = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const context = canvas.getContext('2d');
  if (!context) return;
  const style = getComputedStyle(canvas);
  const column = canvas.width / regions.length;
  const gap = column >= 8 * scale ? scale : 0;
  for (const { from, keys: size, counts } of buckets) {
    const top = Math.round((from / keys) * canvas.height);
    const bottom = Math.round(((from + size) / keys) * canvas.height);
    counts.forEach((letters, i) => {
      const left = i * column;
      const room = column - gap;
      let x = left;
      for (const { state, share } of sharesOf(countsOfLetters(letters))) {
        context.globalAlpha = strength[state];
        context.fillStyle = style.getPropertyValue(`--state-${state}`);
        context.fillRect(x, top, share * room, Math.max(1, bottom - top));
        x += share * room;
      }
    });
  }
}
