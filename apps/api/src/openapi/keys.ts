import { estateViewSchema } from '@keyferry/core';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { listKeysQuery } from '../keys/key-routes.ts';
import { json } from './answers.ts';
import { problems } from './problems.ts';

export const keysPaths: ZodOpenApiPathsObject = {
  '/v1/keys': {
    get: {
      tags: ['Keys'],
      summary: 'Every key that CCKM lists, with the Regions that it is in',
      description:
        'As it was last read of CCKM (`read_at`). Asking for it has a worker read it again, when it is older than some minutes.',
      requestParams: { query: listKeysQuery },
      responses: { '200': json('A page', estateViewSchema), ...problems('422') },
    },
  },
};
