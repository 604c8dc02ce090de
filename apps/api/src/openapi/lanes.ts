import { circuitResetViewSchema, laneViewSchema } from '@keyferry/core';
import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { patchLaneBody } from '../lane-routes.ts';
import { json, page } from './answers.ts';
import { problems } from './problems.ts';

export const lanesPaths: ZodOpenApiPathsObject = {
  '/v1/lanes': {
    get: {
      tags: ['Lanes'],
      summary: 'What AWS meters, and how fast each lane goes',
      responses: { '200': json('All lanes', page(laneViewSchema)), ...problems() },
    },
  },
  '/v1/lanes/{id}': {
    patch: {
      tags: ['Lanes'],
      summary: 'Set a quota that AWS has raised',
      requestParams: { path: z.object({ id: z.string() }) },
      requestBody: { required: true, content: { 'application/json': { schema: patchLaneBody } } },
      responses: { '200': json('The lane', laneViewSchema), ...problems('404', '422') },
    },
  },
  '/v1/lanes/{id}/reset': {
    post: {
      tags: ['Lanes'],
      summary: 'Close the circuit of a lane, or of `cckm`: calls go through again, and open it again where they fail',
      requestParams: { path: z.object({ id: z.string().describe('A lane, or `cckm`') }) },
      responses: { '200': json('The circuit', circuitResetViewSchema), ...problems('404') },
    },
  },
};
