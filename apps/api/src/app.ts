import type { Config } from '@keyferry/config';
import type { Log } from '@keyferry/log';
import { openRegistry } from '@keyferry/metrics';
import type { Queues } from '@keyferry/queue';
import type { Store } from '@keyferry/store';
import express, { type Express } from 'express';
import helmet from 'helmet';
import swagger from 'swagger-ui-express';
import { approvalRulesRoutes } from './approval-rules-routes.ts';
import { auditRoutes } from './audit/audit-routes.ts';
import type { CheckpointSigner } from './audit/checkpoint-signer.ts';
import { noteRefusals } from './audit/note-refusals.ts';
import { callerRoute } from './caller-route.ts';
import { coverageCheckRoutes } from './coverage/check-routes.ts';
import { coveragePolicyRoutes } from './coverage/policy-routes.ts';
import { dashboardRoute } from './dashboard-route.ts';
import { drillEventsRoute } from './drills/drill-events-route.ts';
import { drillRoutes } from './drills/drill-routes.ts';
import { drillSchemaRoute } from './drills/drill-schema-route.ts';
import { evidenceRoutes } from './drills/evidence-routes.ts';
import { healthRoutes } from './health-routes.ts';
import { helpRoute } from './help-route.ts';
import { authenticate } from './http/authenticate.ts';
import { authorise } from './http/authorise.ts';
import { CallerBudgets } from './http/caller-budgets.ts';
import { compressAnswers } from './http/compress-answers.ts';
import { keepToScope, needsEverything } from './http/keep-to-scope.ts';
import { limitBodies } from './http/limit-bodies.ts';
import { neverStored } from './http/never-stored.ts';
import { operationRouter } from './http/operation-routes.ts';
import { notFound, problemHandler, requestId } from './http/problem.ts';
import { chargeOperation, limitCallers, limitFailures } from './http/rate-limits.ts';
import { readBody } from './http/read-body.ts';
import { refuseMethod } from './http/refuse-method.ts';
import { requestLog } from './http/request-log.ts';
import { keyRoutes } from './keys/key-routes.ts';
import { laneRoutes } from './lane-routes.ts';
import { loginFailurePage } from './login/login-failure-page.ts';
import { loginRoutes } from './login/login-routes.ts';
import { openOidcProvider } from './login/oidc-provider.ts';
import { sessionRoutes } from './login/session-routes.ts';
import { openSessions } from './login/sessions.ts';
import { httpMetrics } from './metrics/http-metrics.ts';
import { metricsRoute } from './metrics/metrics-route.ts';
import { openApiDocument } from './openapi/document.ts';
import { livePlansRoute } from './overview/live-plans-route.ts';
import { overviewRoute } from './overview/overview-route.ts';
import { planSchemaRoute } from './plan-schema-route.ts';
import { activityRoutes } from './plans/activity-routes.ts';
import { approveRoute } from './plans/approve-route.ts';
import { eventsRoute } from './plans/events-route.ts';
import { failuresRoute } from './plans/failures-route.ts';
import { matrixRoute } from './plans/matrix-route.ts';
import { planRoutes } from './plans/plan-routes.ts';
import { previewRoute } from './plans/preview-route.ts';
import { replicaRoutes } from './plans/replica-routes.ts';
import { reportRoute } from './plans/report-route.ts';
import { throughputRoute } from './plans/throughput-route.ts';
import { queueBoardRoute } from './queues/queue-board-route.ts';
import { regionGroupRoutes } from './region-group-routes.ts';
import { scheduleRoutes } from './schedules/schedule-routes.ts';
import { tokenRoutes } from './token-routes.ts';
import { webhookRoutes } from './webhooks/webhook-routes.ts';

/** The HTTP API. What is open without a token stands before `authenticate`; everything under /v1 behind it and `authorise`. */
export function createApp(options: {
  store: Store;
  queues: Queues;
  quotas: Config['quotas'];
  keyPrice: Config['keyPrice'];
  previewMaxAgeMs: number;
  approvalMaxAgeMs: number;
  adminToken: string;
  /** `/metrics` needs no token. */
  metricsOpen?: boolean;
  /** Null: checkpoints of the audit log are not signed. */
  signer: CheckpointSigner | null;
  /** The CipherTrust Manager that evidence tells of; null or left out: it is not known here. */
  cckmHost?: string | null;
  /** Where webhooks may go. */
  webhooks: Config['webhooks'];
  /** Tokens of checks, where the API has been given them too; left out: none are known here. */
  checkTokens?: Config['checkTokens'];
  trustProxy: Config['api']['trustProxy'];
  /** Null: callers have API tokens only. */
  oidc?: Config['api']['oidc'];
  sessions: Config['api']['sessions'];
  /** Cost units a minute of each caller; 0: any number. */
  rateLimit: number;
  /** After how long a replica that makes no progress counts as stuck, milliseconds. */
  stuckAfterMs?: number;
  /** The folder of the built dashboard; left out: none is served. */
  dashboard?: string;
  /** The folder of the built documentation; left out: none is served. */
  help?: string;
  log: Log;
}): Express {
  const { store, queues, quotas, keyPrice, previewMaxAgeMs, approvalMaxAgeMs, adminToken, signer, log } = options;
  const { metricsOpen = false, trustProxy, rateLimit, oidc = null, dashboard, help } = options;
  const provider = oidc && openOidcProvider(oidc, log);
  const sessions = openSessions(store, { adminToken, issuer: oidc?.issuer ?? null, limits: options.sessions });
  const letIn = authenticate(store, adminToken, { provider, sessions });
  const failures = limitFailures();
  const callers = limitCallers(new CallerBudgets(rateLimit));
  const refusal = () => signer?.refusal() ?? null;
  const app = express();
  app.disable('x-powered-by');
  // Answers under /v1 are `no-store`, so an ETag would be computed and never used. The matrix sets its own, from the plan's revision.
  app.disable('etag');
  app.set('query parser', 'simple');
  app.set('trust proxy', trustProxy);
  const document = openApiDocument();
  app.use(requestId);
  const registry = openRegistry('api');
  app.use(requestLog(log, ['/openapi.json', '/docs', ...Object.keys(document.paths ?? {})], httpMetrics(registry)));
  // Over plain http a browser would look for the parts of /docs over https, where nobody answers; over https there is
  // nothing to upgrade. And other hosts under our name are none of our business.
  app.use(
    helmet({
      contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } },
      strictTransportSecurity: { includeSubDomains: false },
    }),
  );

  app.use(['/v1', '/openapi.json', '/docs', '/metrics'], compressAnswers());
  app.use(healthRoutes(store, queues));
  if (!metricsOpen) app.use('/metrics', failures, letIn, needsEverything);
  app.use(
    '/metrics',
    metricsRoute(store, queues, { registry, quotas, log, refusal, stuckAfterMs: options.stuckAfterMs }),
  );
  app.get('/openapi.json', (_request, response) => {
    response.json(document);
  });
  app.use(planSchemaRoute(), drillSchemaRoute());
  app.use('/docs', swagger.serve, swagger.setup(document, { customSiteTitle: 'Keyferry API' }));

  app.use('/v1', neverStored);
  app.use('/login', failures);
  app.use(loginRoutes(provider, sessions, log));
  app.use('/v1', failures, letIn, callers, refuseMethod(document), authorise, chargeOperation, limitBodies());
  app.use('/v1', keepToScope(store), readBody);
  app.use(
    operationRouter(
      callerRoute(),
      planRoutes(store, { previewMaxAgeMs }),
      approveRoute(store, { approvalMaxAgeMs, previewMaxAgeMs }),
      activityRoutes(store),
      previewRoute(store, { quotas, keyPrice }),
      replicaRoutes(store),
      matrixRoute(store),
      throughputRoute(store, quotas),
      failuresRoute(store),
      eventsRoute(store, log),
      reportRoute(store),
      drillRoutes(store, options.checkTokens),
      drillEventsRoute(store),
      evidenceRoutes(store, signer, options.cckmHost ?? null),
      scheduleRoutes(store),
      approvalRulesRoutes(store),
      regionGroupRoutes(store),
      coveragePolicyRoutes(store),
      coverageCheckRoutes(store),
      keyRoutes(store),
      laneRoutes(store, quotas),
      overviewRoute(store, queues, log, options.stuckAfterMs, refusal),
      livePlansRoute(store, log),
      webhookRoutes(store, options.webhooks),
      tokenRoutes(store),
      sessionRoutes(store, sessions),
      auditRoutes(store, signer),
    ),
  );
  app.use('/v1', notFound);
  app.use(queueBoardRoute(queues, [failures, letIn, needsEverything, callers]));
  if (help !== undefined) app.use('/help', helpRoute(help));
  if (dashboard !== undefined) app.use(dashboardRoute(dashboard));
  app.use(refuseMethod(document), notFound);
  app.use(['/v1', '/login', '/queues', '/metrics'], noteRefusals(store, log));
  app.use('/login', loginFailurePage(log));
  app.use(problemHandler(log));
  return app;
}
