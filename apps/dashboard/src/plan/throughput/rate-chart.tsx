import { formatRate } from '@keyferry/core';
import '@mantine/charts/styles.css';
import { LineChart } from '@mantine/charts';
import { Group, Text } from '@mantine/core';
import { type Rates, scaleOf } from './rates.ts';

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });
const dayAndClock = new Intl.DateTimeFormat(undefined, {
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
});
const dayMs = 86_400_000;

/** Apart by their dashes as well as by their colours. */
const allSeries = [
  { name: 'accepted', label: 'Accepted by CCKM', color: 'var(--state-replicating)', strokeDasharray: '0' },
  { name: 'usable', label: 'Became usable', color: 'var(--state-succeeded)', strokeDasharray: '8 4' },
  { name: 'failed', label: 'Failed', color: 'var(--state-failed)', strokeDasharray: '2 3' },
] as const;

/** Rates over time, with what the quotas allow as a line. */
export function RateChart({ rates, quota }: { rates: readonly Rates[]; quota: number }) {
  const span = (rates.at(-1)?.at.getTime() ?? 0) - (rates[0]?.at.getTime() ?? 0);
  const format = span > dayMs ? dayAndClock : clock;
  const series = allSeries.filter(({ name }) => name !== 'failed' || rates.some(({ failed }) => failed > 0));
  const marks = scaleOf(Math.max(quota, ...rates.flatMap((rate) => series.map(({ name }) => rate[name]))));
  return (
    <>
      <Group gap="md" mb="xs">
        {series.map(({ name, label, color, strokeDasharray }) => (
          <Group key={name} gap={6}>
            <svg width="26" height="8">
              <title>{label}</title>
              <line x1="0" x2="26" y1="4" y2="4" stroke={color} strokeWidth="2" strokeDasharray={strokeDasharray} />
            </svg>
            <Text size="sm">{label}</Text>
          </Group>
        ))}
      </Group>
      <LineChart
        h={300}
        data={rates.map(({ at, ...rate }) => ({ at: format.format(at), ...rate }))}
        dataKey="at"
        series={series.map((one) => ({ ...one }))}
        curveType="linear"
        withDots={rates.length === 1}
        valueFormatter={(rate) => formatRate(rate, 2)}
        referenceLines={[
          {
            y: quota,
            label: `AWS quotas allow ${quota.toLocaleString('en')}/s`,
            color: 'var(--quiet)',
            labelPosition: 'insideBottomRight',
          },
        ]}
        yAxisProps={{ domain: [0, marks.at(-1) ?? 1], ticks: marks, width: 56 }}
        // The sentence above and the table below say the same to who uses neither eyes nor mouse.
        lineChartProps={{ accessibilityLayer: false }}
        xAxisProps={{ minTickGap: 48 }}
      />
    </>
  );
}
