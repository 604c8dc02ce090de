import { planJsonSchema } from '@keyferry/core';
import { Router } from 'express';

/** `/plan.schema.json`: the JSON Schema of a plan file, for editors and open to anyone; it holds nothing of this installation. */
export function planSchemaRoute(): Router {
  const router = Router();
  const schema = planJsonSchema();
  router.get('/plan.schema.json', (_request, response) => {
    response.type('application/schema+json').set('Cache-Control', 'public, max-age=3600').json(schema);
  });
  return router;
}
