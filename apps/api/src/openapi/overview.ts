import { overviewViewSchema } from '@keyferry/core';
import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { json } from './answers.ts';
import { problems } from './problems.ts';

export const overviewPaths: ZodOpenApiPathsObject = {
  '/v1/overview': {
    get: {
      tags: ['Overview'],
      summary:
        'All of the installation at a glance: what is under way, what is in trouble, whether somebody should look',
      description: 'Read at most once a second for all who ask.',
      responses: { '200': json('The overview', overviewViewSchema), ...problems() },
    },
  },
  '/v1/events': {
    get: {
      tags: ['Overview'],
      summary: 'Follow all plans that are not finished: plan.updated as Server-Sent Events',
      description:
        'Begins with the plans as they are, the most urgent first, also when it is opened again; then, once a second at most, ' +
        'those that have changed, the end of a plan too. `truncated` follows where more than 50 changed at once: read ' +
        '/v1/overview then.',
      responses: {
        '200': { description: 'An event stream', content: { 'text/event-stream': { schema: z.string() } } },
        ...problems(),
      },
    },
  },
};
