import { type CckmClient, CckmError, createCckmClient, type KmsContainer } from '@keyferry/cckm';
import { type CckmConfig, cckmSettings, shown } from '@keyferry/config';
import { errorCatalogue } from '@keyferry/core';
import { address, isLocal, reasonOf } from './address.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

const answerWithinMs = 10_000;
/** A clock that is further off makes times in reports hard to compare. */
const mostSkewMs = 30_000;
const mostAccounts = 10;

/** The CipherTrust Manager: whether it lets us in, by what it can be trusted, and what it lets us see. */
export async function checkCckm(cckm: CckmConfig): Promise<Finding[]> {
  if (cckm.url === null) {
    return [
      warn('cckm', 'CCKM_URL is not set: not checked', 'On the host of an API: no action needed. A worker needs it.'),
    ];
  }
  if (cckm.username === null && cckm.refreshToken === null) {
    return [
      warn(
        'cckm',
        'no login to CCKM is set: not checked',
        'On the host of an API: no action needed. A worker needs CCKM_USERNAME and CCKM_PASSWORD, or CCKM_REFRESH_TOKEN.',
      ),
    ];
  }
  let skewMs: number | null = null;
  let client: CckmClient;
  try {
    client = createCckmClient({
      ...cckmSettings({ ...cckm, callTimeoutMs: Math.min(cckm.callTimeoutMs, answerWithinMs) }),
      connectTimeoutMs: answerWithinMs / 2,
      onCall: ({ serverTime, durationMs }) => {
        // The server sent its second when it answered: on average half a second ago, half the call ago.
        if (serverTime) skewMs = serverTime.getTime() + 500 - (Date.now() - durationMs / 2);
      },
    });
  } catch (error) {
    return [fail('cckm', `${reasonOf(error)} Got ${shown(cckm.url)}.`, 'Correct CCKM_URL.')];
  }
  try {
    const where = address(cckm.url) ?? 'CCKM';
    const [login, tls] = [await checkLogin(client, where), checkTls(cckm, where)];
    if (login.status === 'fail') return tls.status === 'ok' ? [login] : [login, tls];
    const [keys, accounts] = [await checkKeys(client), await checkAccounts(client)];
    return [login, tls, checkClock(skewMs), keys, accounts];
  } finally {
    await client.close();
  }
}

async function checkLogin(client: CckmClient, where: string): Promise<Finding> {
  try {
    // A Manager whose version may not be read has let us in all the same.
    const { value } = await client.readVersion();
    return ok('cckm', `the login to ${where} works; version ${value ?? 'unknown'}`);
  } catch (error) {
    if (!(error instanceof CckmError)) throw error;
    if (error.code === 'cckm_forbidden' || error.code === 'cckm_not_found') {
      return ok('cckm', `the login to ${where} works; its version is not shown`);
    }
    const certificate = /CERT|SIGNED|ISSUER|SSL/.test(error.message);
    const advice = certificate
      ? 'Set CCKM_CA_FILE to the CA of its certificate, and use a name in CCKM_URL that is in the certificate.'
      : errorCatalogue[error.code].operatorAdvice;
    return fail('cckm', `${where}: ${error.message}`, advice);
  }
}

function checkTls({ url, insecureTls, ca }: CckmConfig, where: string): Finding {
  if (insecureTls) {
    return warn(
      'cckm tls',
      'CCKM_INSECURE_TLS is on: the certificate is not verified; an attacker on the network can read the login and change keys',
      'Set CCKM_CA_FILE to its CA and unset CCKM_INSECURE_TLS.',
    );
  }
  if (url?.startsWith('http:') && isLocal(where)) return ok('cckm tls', 'plain http, on this machine only');
  return ok('cckm tls', `certificates are verified${ca === null ? '' : ', also with the CA of CCKM_CA_FILE'}`);
}

function checkClock(skewMs: number | null): Finding {
  if (skewMs === null) return ok('cckm clock', 'sends no time');
  const seconds = Math.round(Math.abs(skewMs) / 1000);
  const found = seconds < 2 ? 'as this machine' : `${seconds} s ${skewMs > 0 ? 'ahead of' : 'behind'} this machine`;
  if (Math.abs(skewMs) <= mostSkewMs) return ok('cckm clock', found);
  return warn('cckm clock', found, 'Synchronise both by NTP: otherwise times of reports and tokens do not match.');
}

async function checkKeys(client: CckmClient): Promise<Finding> {
  try {
    const { value } = await client.countKeys();
    if (value !== 0) return ok('cckm keys', value === null ? 'are listed' : `${value.toLocaleString('en')} are listed`);
    return warn('cckm keys', 'none are listed', 'Check CCKM_DOMAIN, and that its user has the ACL viewnative.');
  } catch (error) {
    return notAllowed('cckm keys', 'cannot be listed', error, 'viewnative');
  }
}

async function checkAccounts(client: CckmClient): Promise<Finding> {
  try {
    const accounts = Map.groupBy(
      (await client.listKmsContainers()).value.filter(({ archived }) => !archived),
      ({ account, name, id }) => account ?? name ?? id,
    );
    if (accounts.size > 0) return ok('cckm accounts', `sees ${describe(accounts)}`);
    return warn(
      'cckm accounts',
      'sees no account',
      'Check CCKM_DOMAIN, and add the AWS accounts as KMS containers in CCKM.',
    );
  } catch (error) {
    return notAllowed('cckm accounts', 'the KMS containers cannot be listed', error, 'viewnative');
  }
}

function describe(accounts: ReadonlyMap<string, readonly KmsContainer[]>): string {
  const shown = [...accounts].slice(0, mostAccounts).map(([account, containers]) => {
    const regions = new Set(containers.flatMap((container) => container.regions));
    return `${account} (${regions.size} ${regions.size === 1 ? 'Region' : 'Regions'})`;
  });
  const more = accounts.size > shown.length ? [`and ${accounts.size - shown.length} more`] : [];
  return `${accounts.size} ${accounts.size === 1 ? 'account' : 'accounts'}: ${[...shown, ...more].join(', ')}`;
}

function notAllowed(check: string, what: string, error: unknown, acl: string): Finding {
  if (!(error instanceof CckmError)) throw error;
  const advice =
    error.code === 'cckm_forbidden'
      ? `Give its user the ACL ${acl} on the KMS containers.`
      : errorCatalogue[error.code].operatorAdvice;
  return fail(check, `${what}: ${error.message}`, advice);
}
