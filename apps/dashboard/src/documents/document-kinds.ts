import {
  type CoveragePolicy,
  checkInput,
  coveragePolicyJsonSchema,
  coveragePolicySchema,
  type FileKind,
  type JsonSchema,
  namedRegionGroupSchema,
  type RegionGroup,
  type Runbook,
  regionGroupJsonSchema,
  runbookJsonSchema,
  runbookSchema,
  type Schedule,
  scheduleJsonSchema,
  scheduleSchema,
} from '@keyferry/core';
import { type DocumentSchema, type ReadDocument, readDocument } from './read-document.ts';

/** A kind of document that is written in the editor. */
export interface DocumentKind<Data extends object> {
  /** As a sentence names it. */
  readonly what: string;
  readonly jsonSchema: () => JsonSchema;
  readonly read: (text: string) => ReadDocument<Data>;
  /** What is said, with every default; null: it is invalid. */
  readonly whole: (spec: unknown) => Data | null;
  /** What a new one begins with. */
  readonly example: string;
}

interface Written {
  readonly schema: DocumentSchema;
  readonly jsonSchema: () => JsonSchema;
  /** What its field `kind` may say; null: it has none. */
  readonly file: FileKind | null;
  readonly example: string;
}

function kindOf<Data extends object>(what: string, { schema, jsonSchema, file, example }: Written): DocumentKind<Data> {
  return {
    what,
    jsonSchema,
    example,
    read: (text) => readDocument<Data>(text, schema, file),
    whole: (spec) => {
      const checked = checkInput(schema, spec);
      return 'data' in checked ? (checked.data as Data) : null;
    },
  };
}

export const policyKind = kindOf<CoveragePolicy>('coverage policy', {
  schema: coveragePolicySchema,
  jsonSchema: coveragePolicyJsonSchema,
  file: 'CoveragePolicy',
  example: `name: tier-1
description: Keys of tier 1 are usable in Europe
selector:
  tags:
    tier: "1"
regions:
  - eu-west-1
  - eu-central-1
schedule:
  cron: 0 6 * * *
  time_zone: Europe/Berlin
`,
});

export const runbookKind = kindOf<Runbook>('runbook', {
  schema: runbookSchema,
  jsonSchema: runbookJsonSchema,
  file: 'Drill',
  example: `name: evacuate-us-east-1
scenario: us-east-1 is lost.
mode: rehearse
selector:
  tags:
    tier: "1"
regions:
  - us-west-2
lost_regions:
  - us-east-1
targets:
  rto: 4h
steps:
  - step: preflight
  - step: coverage
  - step: promote
    to: us-west-2
  - step: verify
`,
});

export const scheduleKind = kindOf<Schedule>('schedule', {
  schema: scheduleSchema,
  jsonSchema: scheduleJsonSchema,
  file: 'Schedule',
  example: `name: weekly
cron: 0 2 * * sun
time_zone: Europe/Berlin
plan:
  name: weekly
  selector:
    tags:
      tier: "1"
    missing_in:
      - eu-west-1
  regions:
    - eu-west-1
  options:
    windows:
      - days: [sat, sun]
        from: "22:00"
        to: "06:00"
        time_zone: Europe/Berlin
`,
});

export type NamedRegionGroup = RegionGroup & { readonly name: string };

export const regionGroupKind = kindOf<NamedRegionGroup>('Region group', {
  schema: namedRegionGroupSchema,
  jsonSchema: regionGroupJsonSchema,
  file: null,
  example: `name: eu
regions:
  - eu-west-1
  - eu-central-1
`,
});
