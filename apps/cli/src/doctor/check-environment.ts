import { type Config, ConfigError, loadConfig } from '@keyferry/config';
import { type Finding, fail, ok, warn } from './finding.ts';

const check = 'environment';

/** Whether the environment can be read, and what may be started with it. Without a config nothing else can be checked. */
export function checkEnvironment(env: NodeJS.ProcessEnv): { config: Config | null; finding: Finding } {
  let config: Config;
  try {
    config = loadConfig(env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return {
      config: null,
      finding: fail(check, error.message, 'Fix these variables. The API lists them at /help/reference/configuration.'),
    };
  }
  const api = config.api.adminToken !== null;
  const worker = config.cckm.url !== null;
  if (api && worker) return { config, finding: ok(check, 'complete for an API and a worker') };
  if (worker) return { config, finding: ok(check, 'complete for a worker; an API also needs KEYFERRY_ADMIN_TOKEN') };
  if (api) return { config, finding: ok(check, 'complete for an API; a worker also needs CCKM_URL') };
  const advice = 'Run this with the environment of an API or a worker.';
  return { config, finding: warn(check, 'neither CCKM_URL nor KEYFERRY_ADMIN_TOKEN is set', advice) };
}
