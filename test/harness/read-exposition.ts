/** A metric as it was exposed. */
export interface ExposedMetric {
  readonly type: string;
  readonly samples: { readonly name: string; readonly labels: Record<string, string>; readonly value: number }[];
}

const sampleLine = /^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(?<labels>.*)\})? (?<value>\S+)$/;
const label = /([a-zA-Z_]\w*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)/y;
const suffixes: Record<string, readonly string[]> = {
  histogram: ['_bucket', '_sum', '_count'],
  summary: ['', '_sum', '_count'],
};

/**
 * Reads the text format of Prometheus 0.0.4, and is stricter than Prometheus: throws at a line that is none, a metric
 * without HELP or TYPE or told twice, a counter without `_total`, a series told twice. Metrics by name.
 */
export function readExposition(text: string): Map<string, ExposedMetric> {
  if (!text.endsWith('\n')) throw new Error('the last line does not end');
  const metrics = new Map<string, ExposedMetric>();
  const series = new Set<string>();
  let help = '';
  let current = '';
  for (const line of text.split('\n').filter((one) => one !== '')) {
    const [, what, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
    if (what === 'HELP') {
      help = name;
    } else if (what === 'TYPE') {
      if (name !== help || metrics.has(name)) throw new Error(`without HELP, or told twice: ${line}`);
      if (!/^(counter|gauge|histogram|summary)$/.test(rest)) throw new Error(`no type: ${line}`);
      if (rest === 'counter' && !name.endsWith('_total')) throw new Error(`a counter ends with _total: ${line}`);
      metrics.set(name, { type: rest, samples: [] });
      current = name;
    } else {
      const sample = readSample(line);
      const metric = metrics.get(current);
      const names = (suffixes[metric?.type ?? ''] ?? ['']).map((suffix) => `${current}${suffix}`);
      if (!metric || !names.includes(sample.name)) throw new Error(`not under its metric: ${line}`);
      const id = line.slice(0, line.lastIndexOf(' '));
      if (series.has(id)) throw new Error(`told twice: ${line}`);
      series.add(id);
      metric.samples.push(sample);
    }
  }
  return metrics;
}

function readSample(line: string): ExposedMetric['samples'][number] {
  const { name = '', labels = '', value = '' } = sampleLine.exec(line)?.groups ?? {};
  const number = value === '+Inf' ? Number.POSITIVE_INFINITY : Number(value);
  if (name === '' || (Number.isNaN(number) && !/^nan$/i.test(value))) throw new Error(`no sample: ${line}`);
  const read: Record<string, string> = {};
  label.lastIndex = 0;
  while (label.lastIndex < labels.length) {
    const [, key = '', text = ''] = label.exec(labels) ?? [];
    if (key === '' || key in read) throw new Error(`no labels: ${line}`);
    read[key] = text;
  }
  return { name, labels: read, value: number };
}
