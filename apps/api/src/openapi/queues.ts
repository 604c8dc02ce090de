import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { problems } from './problems.ts';

export const queuesPaths: ZodOpenApiPathsObject = {
  '/queues': {
    get: {
      tags: ['Queues'],
      summary: "BullMQ's queues as they are, to look at: a page for a browser, with what it loads below this path",
      responses: {
        '200': { description: 'The page of Bull Board', content: { 'text/html': { schema: z.string() } } },
        ...problems(),
      },
    },
  },
};
