import type { z } from 'zod';
import type { OperationName, Operations } from './operations.ts';

/** The types of what an operation takes and answers: as the handler gets it, and as a client sends it. */

type NamesIn<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}` ? Name | NamesIn<Rest> : never;

/** What the path of an operation names, by its parameters. */
export type PathOf<Name extends OperationName> = { readonly [Parameter in NamesIn<Name>]: string };

type SchemaOf<Name extends OperationName, Part extends string> =
  Operations[Name] extends Readonly<Record<Part, infer Schema extends z.ZodType>> ? Schema : never;

/** The query as its schema makes it. */
export type QueryOf<Name extends OperationName> = z.output<SchemaOf<Name, 'query'>>;

type BodySchemaOf<Name extends OperationName> = Operations[Name] extends {
  readonly body: { readonly schema: infer Schema extends z.ZodType };
}
  ? Schema
  : never;

/** The JSON body as its schema makes it. */
export type BodyOf<Name extends OperationName> = z.output<BodySchemaOf<Name>>;

type JsonIn<Answer> = Answer extends {
  readonly content: { readonly 'application/json': infer Schema extends z.ZodType };
}
  ? z.output<Schema>
  : never;

/** What it answers as JSON; never: something else, or nothing. */
export type AnswerOf<Name extends OperationName> = {
  [Status in keyof Operations[Name]['answers']]: JsonIn<Operations[Name]['answers'][Status]>;
}[keyof Operations[Name]['answers']];

/** A list may be one that is not changed, and a flag a boolean: all are sent as text. */
type Sent<Value> = Value extends readonly (infer One)[]
  ? readonly One[]
  : Value extends 'true'
    ? Value | boolean
    : Value;

/** The query as a client gives it; null and undefined are left out. */
export type QueryInput<Name extends OperationName> = {
  readonly [Field in keyof z.input<SchemaOf<Name, 'query'>>]?:
    | Sent<z.input<SchemaOf<Name, 'query'>>[Field]>
    | null
    | undefined;
};

/** The body as a client gives it. A document, which may come from a file, is checked by the API alone. */
export type BodyInput<Name extends OperationName> = Operations[Name] extends { readonly body: { readonly large: true } }
  ? object
  : z.input<BodySchemaOf<Name>>;

/** Media types of the answers. */
type MediaOf<Name extends OperationName> = {
  [Status in keyof Operations[Name]['answers']]: Operations[Name]['answers'][Status] extends {
    readonly content: infer Content;
  }
    ? keyof Content
    : never;
}[keyof Operations[Name]['answers']];

/** Operations whose answers are streamed, or no JSON. */
export type StreamedOperation = {
  [Name in OperationName]: [Exclude<MediaOf<Name>, 'application/json'>] extends [never] ? never : Name;
}[OperationName];

type QueryPart<Name extends OperationName> = Operations[Name] extends { readonly query: z.ZodType }
  ? { readonly query?: QueryInput<Name> }
  : unknown;
type BodyPart<Name extends OperationName> = Operations[Name] extends { readonly body: { readonly required: false } }
  ? { readonly body?: BodyInput<Name> }
  : Operations[Name] extends { readonly body: object }
    ? { readonly body: BodyInput<Name> }
    : unknown;
type IdempotencyPart<Name extends OperationName> = 'Idempotency-Key' extends keyof z.input<SchemaOf<Name, 'headers'>>
  ? { readonly idempotencyKey?: string | undefined }
  : unknown;

/** What a client gives an operation: the parameters of its path, its query and its body. */
export type RequestOf<Name extends OperationName> = PathOf<Name> &
  QueryPart<Name> &
  BodyPart<Name> &
  IdempotencyPart<Name> & { readonly signal?: AbortSignal | undefined };
