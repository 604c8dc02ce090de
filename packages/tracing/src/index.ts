export {
  activeSpan,
  activeSpanIds,
  activeTraceparent,
  noSpan,
  openSpan,
  outsideSpans,
  type TracedSpan,
  traced,
} from './spans.ts';
export { isTracing, startTracing, type Tracing } from './start-tracing.ts';
export type { TracingSettings } from './tracing-settings.ts';
