import { regionGroupSchema, regionGroupViewSchema } from '@keyferry/core';
import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { json, page } from './answers.ts';
import { problems } from './problems.ts';

const groupName = z.object({ name: z.string().describe('Name of the group, without "group:"') });

export const regionGroupsPaths: ZodOpenApiPathsObject = {
  '/v1/region-groups': {
    get: {
      tags: ['Region groups'],
      summary: 'What group:<name> stands for in the Regions of a plan',
      responses: { '200': json('All groups', page(regionGroupViewSchema)), ...problems() },
    },
  },
  '/v1/region-groups/{name}': {
    get: {
      tags: ['Region groups'],
      summary: 'Read a group',
      requestParams: { path: groupName },
      responses: { '200': json('The group', regionGroupViewSchema), ...problems('404') },
    },
    put: {
      tags: ['Region groups'],
      summary: 'Make a group, or change what it stands for in plans that are submitted from now on',
      requestParams: { path: groupName },
      requestBody: { required: true, content: { 'application/json': { schema: regionGroupSchema } } },
      responses: { '200': json('The group', regionGroupViewSchema), ...problems('422') },
    },
    delete: {
      tags: ['Region groups'],
      summary: 'Delete a group; plans that named it keep what it stood for',
      requestParams: { path: groupName },
      responses: { '204': { description: 'Deleted' }, ...problems('404') },
    },
  },
};
