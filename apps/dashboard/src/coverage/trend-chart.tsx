import { AreaChart } from '@mantine/charts';
import '@mantine/charts/styles.css';
import { percent } from '../states/coverage-states.ts';
import type { DoneCheck } from './coverage-queries.ts';
import { bottomOf } from './trend-path.ts';

const dayAndClock = new Intl.DateTimeFormat(undefined, {
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
});

/** The covered share over time. */
export function TrendChart({ checks }: { checks: readonly DoneCheck[] }) {
  const bottom = bottomOf(checks.map((check) => check.covered_percent));
  return (
    <AreaChart
      h={280}
      data={checks.map((check) => ({ at: Date.parse(check.finished_at), covered: check.covered_percent }))}
      dataKey="at"
      series={[{ name: 'covered', label: 'Covered', color: 'var(--coverage-covered)' }]}
      curveType="linear"
      withDots={checks.length < 40}
      withGradient={false}
      fillOpacity={0.14}
      valueFormatter={percent}
      yAxisProps={{ domain: [bottom, 100], width: 64, tickFormatter: percent, allowDecimals: bottom > 95 }}
      xAxisProps={{
        type: 'number',
        domain: ['dataMin', 'dataMax'],
        tickFormatter: (at: number) => dayAndClock.format(at),
        minTickGap: 64,
      }}
      tooltipProps={{ labelFormatter: (at) => (typeof at === 'number' ? dayAndClock.format(at) : '') }}
      // The sentence above and the table below say the same to who uses neither eyes nor mouse.
      areaChartProps={{ accessibilityLayer: false }}
    />
  );
}
