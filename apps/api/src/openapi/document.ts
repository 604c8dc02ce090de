import { createDocument } from 'zod-openapi';
import { documentRequestLimits } from './document-request-limits.ts';
import { openPaths } from './open-paths.ts';
import { pathsOfOperations } from './paths-of-operations.ts';
import { sentEvents } from './sent-events.ts';

/** Everything the API takes and gives, from the table of operations. */
export function openApiDocument(): ReturnType<typeof createDocument> {
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
            'Session of a browser; `__Host-keyferry_session` over TLS. Changes are refused with a ' +
            '403 unless they come from a page of this host.',
        },
      },
    },
    paths: documentRequestLimits({ ...pathsOfOperations(), ...openPaths }),
    webhooks: sentEvents,
  });
}
