import type { TracingSettings } from './tracing-settings.ts';

export interface Tracing {
  /** Sends what has not been sent, for a few seconds at most, and ends tracing. Never rejects. */
  stop(): Promise<void>;
}

let tracing = false;

/** Whether spans are made in this process at all. */
export const isTracing = (): boolean => tracing;

/**
 * Starts tracing in this process; null: off, and the SDK is not even loaded. To be called before anything is opened that
 * is to be traced. `report` is told of exports that fail, which harm nothing else: what cannot be sent in time is dropped.
 */
export async function startTracing(
  settings: TracingSettings | null,
  serviceName: string,
  report: (error: unknown) => void,
): Promise<Tracing> {
  if (settings === null) return { stop: async () => undefined };
  const { openSdk } = await import('./sdk.ts');
  const close = openSdk(settings, serviceName, report);
  tracing = true;
  return {
    stop: async () => {
      tracing = false;
      await close();
    },
  };
}
