import { runbookJsonSchema } from '@keyferry/core';
import { Router } from 'express';

/** `/drill.schema.json`: the JSON Schema of a runbook, as `/plan.schema.json` is that of a plan. */
export function drillSchemaRoute(): Router {
  const router = Router();
  const schema = runbookJsonSchema();
  router.get('/drill.schema.json', (_request, response) => {
    response.type('application/schema+json').set('Cache-Control', 'public, max-age=3600').json(schema);
  });
  return router;
}
