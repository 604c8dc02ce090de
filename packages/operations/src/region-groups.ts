import { regionGroupSchema, regionGroupViewSchema } from '@keyferry/core';
import { z } from 'zod';
import { declare, everyone, json, operators } from './operation.ts';
import { page } from './parameters.ts';

const tag = 'Region groups';
const path = z.object({ name: z.string().describe('Name of the group, without "group:"') });

export const regionGroupOperations = declare({
  'GET /v1/region-groups': {
    tag,
    summary: 'List Region groups: what group:<name> means in the Regions of a plan',
    answers: { 200: json('All groups', page(regionGroupViewSchema)) },
    roles: everyone,
    scope: 'open',
  },
  'GET /v1/region-groups/{name}': {
    tag,
    summary: 'Read a group',
    path,
    answers: { 200: json('The group', regionGroupViewSchema) },
    problems: [404],
    roles: everyone,
    scope: 'open',
  },
  'PUT /v1/region-groups/{name}': {
    tag,
    summary: 'Create or change a group; a change applies to plans submitted from now on',
    path,
    body: { schema: regionGroupSchema, mostBytes: 1024 * 1024 },
    answers: { 200: json('The group', regionGroupViewSchema) },
    problems: [422],
    roles: operators,
    scope: 'everything',
    audit: 'region_group.put',
  },
  'DELETE /v1/region-groups/{name}': {
    tag,
    summary: 'Delete a group; submitted plans keep its Regions',
    path,
    answers: { 204: { description: 'Deleted' } },
    problems: [404],
    roles: operators,
    scope: 'everything',
    audit: 'region_group.delete',
  },
});
