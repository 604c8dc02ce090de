import { createDocument } from 'zod-openapi';
import { accessPaths } from './access.ts';
import { approvalRulesPaths } from './approval-rules.ts';
import { auditPaths } from './audit.ts';
import { coveragePaths } from './coverage.ts';
import { documentRequestLimits } from './document-request-limits.ts';
import { documentRoles } from './document-roles.ts';
import { drillsPaths } from './drills.ts';
import { evidencePaths } from './evidence.ts';
import { healthPaths } from './health.ts';
import { keysPaths } from './keys.ts';
import { lanesPaths } from './lanes.ts';
import { overviewPaths } from './overview.ts';
import { plansPaths } from './plans.ts';
import { titles } from './problems.ts';
import { queuesPaths } from './queues.ts';
import { regionGroupsPaths } from './region-groups.ts';
import { schedulesPaths } from './schedules.ts';
import { sentEvents, webhooksPaths } from './webhooks.ts';

/** Everything the API takes and gives, from the same schemas that check and shape it. */
export function openApiDocument(): ReturnType<typeof createDocument> {
  return documentRoles(documentOfRoutes(), {
    description: titles['403'],
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  });
}

function documentOfRoutes(): ReturnType<typeof createDocument> {
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Keyferry',
      version: '1',
      description: 'Batch replication of multi-Region AWS KMS keys through CipherTrust Cloud Key Manager.',
    },
    security: [{ token: [] }, { session: [] }],
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'An API token, or a JWT of the OIDC provider' },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: 'keyferry_session',
          description:
            'Of a browser that is logged in; `__Host-keyferry_session` over TLS. What changes something is refused with a ' +
            '403 unless a page of this host asks for it.',
        },
      },
    },
    paths: documentRequestLimits({
      ...plansPaths,
      ...drillsPaths,
      ...schedulesPaths,
      ...approvalRulesPaths,
      ...regionGroupsPaths,
      ...coveragePaths,
      ...keysPaths,
      ...lanesPaths,
      ...evidencePaths,
      ...overviewPaths,
      ...webhooksPaths,
      ...queuesPaths,
      ...accessPaths,
      ...auditPaths,
      ...healthPaths,
    }),
    webhooks: sentEvents,
  });
}
