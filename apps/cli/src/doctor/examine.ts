import { checkCckm } from './check-cckm.ts';
import { checkEnvironment } from './check-environment.ts';
import { checkInstallation } from './check-installation.ts';
import { checkOidc } from './check-oidc.ts';
import { checkPostgres } from './check-postgres.ts';
import { checkQueue } from './check-queue.ts';
import type { Finding } from './finding.ts';

/** Looks at everything that an API or a worker with this environment stands on, and changes none of it. */
export async function examine(env: NodeJS.ProcessEnv): Promise<{ usable: boolean; findings: Finding[] }> {
  const { config, finding: environment } = checkEnvironment(env);
  if (config === null) return { usable: false, findings: [environment] };
  const cckm = checkCckm(config.cckm);
  cckm.catch(() => undefined);
  const oidc = checkOidc(config.api.oidc);
  const { url, findings } = await checkPostgres(config);
  const queue = await checkQueue(config, url);
  const installation = url === null ? [] : await checkInstallation(config, url);
  return {
    usable: true,
    findings: [environment, ...findings, ...queue, ...(await cckm), ...(await oidc), ...installation],
  };
}
