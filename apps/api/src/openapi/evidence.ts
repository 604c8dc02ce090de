import { drillTimesViewSchema } from '@keyferry/core';
import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { json } from './answers.ts';
import { problems } from './problems.ts';

const drill = { path: z.object({ id: z.uuid() }) };

export const evidencePaths: ZodOpenApiPathsObject = {
  '/v1/drills/{id}/times': {
    get: {
      tags: ['Drills'],
      summary: 'What a drill took so far, against its targets, and what time was lost to',
      requestParams: drill,
      responses: { '200': json('Its times', drillTimesViewSchema), ...problems('404') },
    },
  },
  '/v1/drills/{id}/evidence': {
    get: {
      tags: ['Drills'],
      summary: 'The signed evidence pack of a closed drill, streamed, for `keyferry evidence verify`',
      description:
        'A ZIP; what is in it stands in docs/evidence.md. The same drill gives the same files, but for the time at which it was asked for and the head of the audit log.',
      requestParams: drill,
      responses: {
        '200': {
          description: 'The pack',
          content: { 'application/zip': { schema: z.string().meta({ format: 'binary' }) } },
        },
        ...problems('404', '409'),
      },
    },
  },
  '/v1/drills/{id}/report': {
    get: {
      tags: ['Drills'],
      summary: 'The report of a closed drill, as it stands in its evidence pack',
      requestParams: drill,
      responses: {
        '200': { description: 'A page that prints on A4', content: { 'text/html': { schema: z.string() } } },
        ...problems('404', '409'),
      },
    },
  },
};
