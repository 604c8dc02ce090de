import { z } from 'zod';
import { regionOrGroupSchema } from '../regions/region-group.ts';
import { type ReplicaBlock, rowSettings } from './replica-block.ts';
import { keySchema } from './spec.ts';

/** One row of a manifest as it is written: a key, where it goes, and what is set for that replica alone. */
export const manifestRowSchema = z.strictObject({
  key: keySchema,
  region: regionOrGroupSchema.optional(),
  alias: rowSettings.alias.optional(),
  description: rowSettings.description.optional(),
  tags: rowSettings.tags.optional(),
});

/** The fields of a row, in the order of a CSV file without a header. */
export const manifestColumns = ['key', 'region', 'alias', 'description', 'tags'] as const;

/** A row as it is kept. */
export interface ManifestRow {
  /** Where it stands in the file, from 1. */
  readonly line: number;
  readonly key: string;
  /** A Region or a group; null: the Regions of the plan. */
  readonly region: string | null;
  /** Laid over the plan's replica block and its overrides; null: nothing. */
  readonly settings: ReplicaBlock | null;
}

/** What a row sets, as the block that is laid over the plan's. */
export function rowBlock({ alias, description, tags }: z.infer<typeof manifestRowSchema>): ReplicaBlock | null {
  const aws_param = {
    ...(alias === undefined ? {} : { Alias: alias }),
    ...(description === undefined ? {} : { Description: description }),
    ...(tags === undefined ? {} : { Tags: tags }),
  };
  return Object.keys(aws_param).length > 0 ? { aws_param } : null;
}
