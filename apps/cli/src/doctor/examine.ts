import type { PermissionVerdict } from '@keyferry/core';
import { checkCckm } from './check-cckm.ts';
import { checkEnvironment } from './check-environment.ts';
import { checkInstallation } from './check-installation.ts';
import { checkOidc } from './check-oidc.ts';
import { checkPermissions } from './check-permissions.ts';
import { checkPostgres } from './check-postgres.ts';
import { checkQueue } from './check-queue.ts';
import type { Finding } from './finding.ts';

/** What was found; `permissions` has each account and Region that plans and policies use. */
export interface Examined {
  readonly usable: boolean;
  readonly findings: Finding[];
  readonly permissions: PermissionVerdict[];
}

/** Looks at everything that an API or a worker with this environment stands on, and changes none of it. */
export async function examine(env: NodeJS.ProcessEnv): Promise<Examined> {
  const { config, finding: environment } = checkEnvironment(env);
  if (config === null) return { usable: false, findings: [environment], permissions: [] };
  const cckm = checkCckm(config.cckm);
  cckm.catch(() => undefined);
  const oidc = checkOidc(config.api.oidc);
  const { url, findings } = await checkPostgres(config);
  const queue = await checkQueue(config, url);
  const installation = url === null ? [] : await checkInstallation(config, url);
  const cckmFindings = await cckm;
  const reached = cckmFindings.every(({ check, status }) => check !== 'cckm' || status !== 'fail');
  const allowed = reached ? await checkPermissions(config, url) : { findings: [], permissions: [] };
  return {
    usable: true,
    permissions: allowed.permissions,
    findings: [
      environment,
      ...findings,
      ...queue,
      ...cckmFindings,
      ...allowed.findings,
      ...(await oidc),
      ...installation,
    ],
  };
}
