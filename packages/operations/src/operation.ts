import { type AuditAction, type Role, roles } from '@keyferry/core';
import { z } from 'zod';

/** How an operation treats a caller that has a scope. One without is treated as if everything were its scope. */
export type ScopeRule =
  /** The plan, schedule or lane that the path names lies within the scope, or is not there. The API sees to it before the handler. */
  | 'plan'
  | 'schedule'
  | 'lane'
  /** It looks at what lies within the scope only, or makes something there. The handler sees to it. */
  | 'within'
  /** The same for everybody. */
  | 'open'
  /** It is about everything: a caller with a scope is refused. The API sees to it before the handler. */
  | 'everything';

export interface Answer {
  readonly description: string;
  /** By media type; left out: no body. */
  readonly content?: Readonly<Record<string, z.ZodType>>;
}

export interface Body {
  /** Of the JSON body. */
  readonly schema: z.ZodType;
  /** False: it may be left out, and is `{}` then. */
  readonly required?: boolean;
  /** What may be sent instead, by media type: streamed, and read by the handler. */
  readonly instead?: Readonly<Record<string, z.ZodType>>;
  /** It is a document that may name keys one by one: it may be large, and is checked off the main thread then. */
  readonly large?: true;
  /** Bytes at most, inflated; left out: those of a few fields, or of a large document. */
  readonly mostBytes?: number;
}

/** Everything that is known of an operation but what it does. */
export interface Operation {
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly path?: z.ZodObject;
  readonly query?: z.ZodType;
  readonly headers?: z.ZodObject;
  readonly body?: Body;
  /** By status. Where there are several, the highest says that something was made; the handler sets any other. */
  readonly answers: Readonly<Record<number, Answer>>;
  /** Statuses of problems besides those that every operation may end in. */
  readonly problems?: readonly number[];
  /** Who may do it. */
  readonly roles: readonly Role[];
  readonly scope: ScopeRule;
  /** In cheap reads, before bodies and answers are counted by their size; left out: that of any read, or of any change. */
  readonly cost?: number;
  /** What the audit log calls it, done or refused; left out: it changes nothing. */
  readonly audit?: AuditAction;
}

export const everyone = roles;
export const operators = ['operator', 'admin'] as const;
export const approvers = ['approver', 'admin'] as const;
/** Who has a part in a drill or comments on a plan; auditors change nothing. */
export const drillers = ['operator', 'approver', 'admin'] as const;
export const auditors = ['auditor', 'admin'] as const;
export const admins = ['admin'] as const;
/** Who may carry evidence away. */
export const witnesses = ['operator', 'approver', 'auditor', 'admin'] as const;

/** A part of the table: operations by method and path. */
export function declare<const Table extends Readonly<Record<`${string} /${string}`, Operation>>>(table: Table): Table {
  return table;
}

export const json = <Schema extends z.ZodType>(description: string, schema: Schema) => ({
  description,
  content: { 'application/json': schema },
});

/** An answer that is streamed, or is no JSON. */
export const sent = <Media extends string>(description: string, media: Media, schema: z.ZodType = z.string()) => ({
  description,
  content: { [media]: schema } as Record<Media, z.ZodType>,
});
