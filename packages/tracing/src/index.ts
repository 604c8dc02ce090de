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
export { isTracing, startTracing, type Tracing, type TracingSettings } from './start-tracing.ts';
