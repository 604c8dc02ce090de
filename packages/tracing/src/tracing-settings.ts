/** Where traces go, and which. */
export interface TracingSettings {
  /** Takes OTLP over HTTP, in protobuf. */
  readonly url: string;
  /** Sent with every export; may hold a token. */
  readonly headers: Readonly<Record<string, string>>;
  readonly sampler: SamplerName;
  /** The share of traces that the samplers by ratio keep. */
  readonly ratio: number;
}

export type SamplerName = RootSamplerName | `parentbased_${RootSamplerName}`;
type RootSamplerName = 'always_on' | 'always_off' | 'traceidratio';
