import { z } from 'zod';

/** What went wrong with a replica, and what a person should know of one that goes on, as both are stored and answered. */

export const replicaErrorViewSchema = z
  .object({
    code: z.string().describe("Code from Keyferry's error catalogue"),
    message: z.string(),
    http_status: z.int().nullable(),
    retryable: z.boolean(),
    provider_code: z.string().nullable().describe("AWS's exception name or CCKM's codeDesc"),
  })
  .meta({ id: 'ReplicaError' });

export const replicaWarningViewSchema = z
  .object({ code: z.string().describe("Code from Keyferry's table of warnings"), message: z.string() })
  .meta({ id: 'ReplicaWarning' });

export type ReplicaErrorView = z.infer<typeof replicaErrorViewSchema>;
export type ReplicaWarningView = z.infer<typeof replicaWarningViewSchema>;
