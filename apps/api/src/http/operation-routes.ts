import type { Role, Scope } from '@keyferry/core';
import {
  type AnswerOf,
  type BodyOf,
  type OperationName,
  operationNamed,
  operationNames,
  type PathOf,
  type QueryOf,
} from '@keyferry/operations';
import { type Request, type Response, Router } from 'express';
import { limitEventStreams } from './open-event-stream.ts';
import { parseInput } from './problem.ts';

/**
 * What an operation is asked for, by whom. `query` and `body` are checked when they are read first, and throw the 422: a handler
 * that takes them in its parameter looks at nothing before.
 */
export type Asked<Name extends OperationName> = PathOf<Name> & {
  readonly query: QueryOf<Name>;
  readonly body: BodyOf<Name>;
  readonly caller: string;
  readonly role: Role;
  readonly scope: Scope;
  readonly request: Request;
  readonly response: Response;
};

/** What is sent as JSON, with the operation's status unless another is set; or the response, where the handler has answered by itself. */
type Answered<Name extends OperationName> = [AnswerOf<Name>] extends [never] ? undefined : AnswerOf<Name> | Response;

export type Handler<Name extends OperationName> = (asked: Asked<Name>) => Answered<Name> | Promise<Answered<Name>>;

/** The operations that the API itself serves; Bull Board serves the other. */
export type ServedOperation = Exclude<OperationName, 'GET /queues'>;

/** The handler of each operation. */
export type Routes = { readonly [Name in ServedOperation]: Handler<Name> };

/** Some of them. */
export function routes<Name extends ServedOperation>(some: { readonly [One in Name]: Handler<One> }) {
  return some;
}

/** Serves each operation by its one handler. What all of them are checked for stands before it. */
export function operationRouter(...groups: Partial<Routes>[]): Router {
  const router = Router();
  for (const [name, handler] of onePerOperation(groups)) {
    const { answers } = operationNamed(name);
    const [method = '', path = ''] = name.split(' ');
    const route = router.route(path.replaceAll(/\{(\w+)\}/g, ':$1'));
    const add = route[method.toLowerCase() as 'get' | 'post' | 'put' | 'patch' | 'delete'].bind(route);
    if (answers[200]?.content?.['text/event-stream']) add(limitEventStreams);
    const status = Math.max(...Object.keys(answers).map(Number));
    add(async (request: Request, response: Response) => {
      response.status(status);
      const answer: unknown = await handler(askedOf(name, request, response) as never);
      if (status === 204) response.end();
      else if (answer !== undefined && answer !== response) response.json(answer);
    });
  }
  return router;
}

/** Throws where an operation has no handler, or two. */
function onePerOperation(groups: readonly Partial<Routes>[]) {
  const all = groups.flatMap((group) => Object.entries(group)) as [ServedOperation, Handler<never>][];
  for (const name of operationNames) {
    const handlers = all.filter(([served]) => served === name).length;
    if (handlers !== (name === 'GET /queues' ? 0 : 1)) throw new Error(`${name} has ${handlers} handlers.`);
  }
  return all;
}

function askedOf(name: OperationName, request: Request, response: Response) {
  const { query, body } = operationNamed(name);
  const { caller, role, scope } = response.locals;
  return {
    ...request.params,
    ...{ caller, role, scope, request, response },
    get query() {
      return query && parseInput(query, request.query);
    },
    get body() {
      return body && parseInput(body.schema, body.required === false ? (request.body ?? {}) : request.body);
    },
  };
}
