import { type CoveragePolicyView, formatNumber } from '@keyferry/core';
import { Anchor, Text } from '@mantine/core';
import { Link } from 'wouter';
import { StatesBar } from '../display/states-bar.tsx';
import { Time } from '../display/time.tsx';
import { coverageInWords, coverageParts, gapsInWords, percent } from '../states/coverage-states.ts';
import { CheckNow } from './check-now.tsx';
import { type DoneCheck, useTrend } from './coverage-queries.ts';
import looks from './policy-card.module.css';
import { isBeingChecked, standingOfPolicy } from './policy-standing.ts';
import { trendPoints } from './trend-path.ts';

/** Checks of which the line is drawn. */
const drawn = 30;

/** A policy at a glance: how much is covered, what is not, since when, and which way it goes. */
export function PolicyCard({ policy }: { policy: CoveragePolicyView }) {
  const { name, description, last_check: last, next_check_at: next } = policy;
  const trend = useTrend(policy, drawn).data ?? [];
  return (
    <article className={looks.card} data-standing={standingOfPolicy(policy)} aria-label={name}>
      <div className={looks.name}>
        <Anchor component={Link} href={`/coverage/${name}`} fw={650}>
          {name}
        </Anchor>
        {description && (
          <Text size="sm" className="quiet" lineClamp={2}>
            {description}
          </Text>
        )}
        {last && (
          <Text size="xs" className={`quiet ${looks.regions}`} mt={2} component="div">
            {last.regions.map((region) => (
              <span key={region}>{region}</span>
            ))}
          </Text>
        )}
      </div>
      <div className={looks.share}>
        <Share policy={policy} />
      </div>
      <div className={looks.trend}>{trend.length > 1 && <Trend checks={trend} />}</div>
      <div className={looks.when}>
        <Text size="xs" className="quiet">
          {last?.finished_at ? (
            <>
              Checked <Time at={last.finished_at} />
            </>
          ) : (
            !isBeingChecked(policy) && 'Never checked'
          )}
        </Text>
        <Text size="xs" className="quiet">
          {next ? (
            <>
              Next <Time at={next} />
            </>
          ) : (
            'Only when asked'
          )}
        </Text>
      </div>
      <CheckNow policy={policy} size="xs" />
    </article>
  );
}

function Share({ policy }: { policy: CoveragePolicyView }) {
  const { last_check: last, newest_check: newest } = policy;
  const failed = newest?.state === 'failed' && (
    <Text size="sm" c="var(--state-failed)" fw={600}>
      <span aria-hidden>✕</span>{' '}
      <Anchor component={Link} href={`/checks/${newest.id}`} inherit c="inherit" underline="always">
        The newest check failed
      </Anchor>
    </Text>
  );
  if (!last?.counts || last.covered_percent === null) {
    return (
      failed || (
        <Text size="sm" className="quiet">
          {last ? 'No matching keys: proves nothing' : isBeingChecked(policy) ? 'First check in progress' : 'Unknown'}
        </Text>
      )
    );
  }
  const { counts } = last;
  return (
    <>
      <div className={looks.figure}>
        <b className="numbers">{percent(last.covered_percent)}</b>
        <Text size="sm" span>
          {last.passed ? 'all covered' : gapsInWords(counts)}
        </Text>
      </div>
      <StatesBar parts={coverageParts(counts)} words={coverageInWords(counts)} />
      <Text size="xs" className="quiet numbers" mt={4}>
        {counts.covered.toLocaleString('en')} of {counts.total.toLocaleString('en')} key × Region,{' '}
        {last.keys?.toLocaleString('en')} keys
      </Text>
      {failed}
    </>
  );
}

function Trend({ checks }: { checks: readonly DoneCheck[] }) {
  const trend = checks.map((check) => ({ at: Date.parse(check.finished_at), percent: check.covered_percent }));
  const [first, last] = [trend[0], trend.at(-1)];
  if (!first || !last) return null;
  const words = `From ${percent(first.percent)} to ${percent(last.percent)} over ${trend.length} checks`;
  return (
    <>
      <TrendLine trend={trend} words={words} />
      <Text size="xs" className="quiet numbers" aria-hidden>
        {change(last.percent - first.percent)} over {trend.length} checks
      </Text>
    </>
  );
}

function change(points: number): string {
  const by = formatNumber(Math.abs(points), 2);
  return by === '0' ? '± 0' : `${points > 0 ? '+' : '−'}${by}`;
}

const box = { width: 132, height: 34, margin: 4 };

/** The covered share over the last checks as a small line; `words` say the same. */
function TrendLine({ trend, words }: { trend: readonly { at: number; percent: number }[]; words: string }) {
  const points = trendPoints(trend).map(({ x, y }) => ({
    x: box.margin + x * (box.width - 2 * box.margin),
    y: box.margin + y * (box.height - 2 * box.margin),
  }));
  const last = points.at(-1);
  if (!last) return null;
  const line = points.map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ');
  return (
    <svg
      className={looks.line}
      width={box.width}
      height={box.height}
      viewBox={`0 0 ${box.width} ${box.height}`}
      role="img"
      aria-label={words}
    >
      <title>{words}</title>
      <line x1={box.margin} x2={box.width - box.margin} y1={box.margin} y2={box.margin} className={looks.all} />
      {points.length > 1 && <polyline points={line} className={looks.path} />}
      <circle cx={last.x} cy={last.y} r="3" className={looks.now} />
    </svg>
  );
}
