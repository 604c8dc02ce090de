import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { json } from './answers.ts';
import { problem } from './problems.ts';

export const healthPaths: ZodOpenApiPathsObject = {
  '/metrics': {
    get: {
      tags: ['Health'],
      summary:
        'The installation and the API in the text format of Prometheus; with KEYFERRY_METRICS_OPEN without a token, else with one that has no scope',
      security: [{ token: [] }, {}],
      responses: {
        '200': { description: 'Metrics', content: { 'text/plain': { schema: z.string() } } },
        '401': problem('401'),
        '403': problem('403'),
        '429': problem('429'),
        '503': problem('503'),
      },
    },
  },
  '/healthz': {
    get: {
      tags: ['Health'],
      summary: 'The process is alive',
      security: [],
      responses: { '200': json('Alive', z.object({ status: z.string() })) },
    },
  },
  '/readyz': {
    get: {
      tags: ['Health'],
      summary: 'Postgres and the queue answer and take a write',
      security: [],
      responses: {
        '200': json('Ready', z.object({ status: z.string(), checks: z.record(z.string(), z.string()) })),
        '503': json(
          'Which does not answer, or refuses writes',
          z.object({ status: z.string(), checks: z.record(z.string(), z.string()) }),
        ),
      },
    },
  },
};
