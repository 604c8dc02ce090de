import { type CckmClient, CckmError, createCckmClient, type KmsContainer } from '@keyferry/cckm';
import { type Config, cckmSettings } from '@keyferry/config';
import { cckmAcls, judgePermissions, missingAcls, type PermissionVerdict } from '@keyferry/core';
import { openStore, type PermissionEvidence, readPermissionEvidence, readPolicyRegions } from '@keyferry/store';
import { reasonOf } from './address.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

const answerWithinMs = 10_000;
/** Pairs of account and Region that CCKM is asked about; the rest is judged by what Postgres holds. */
const mostQuestions = 100;
/** Failures that say that a permission is missing. */
const denials = ['access_denied', 'cckm_forbidden', 'assume_role_denied'];

/**
 * Whether Keyferry may work in each account and Region that plans and policies use. Reads only: of CCKM the containers, their
 * ACLs and whether keys are listed, of Postgres what became of calls. AWS has no question that changes nothing for certain
 * (a replicate-key that must fail, as into the primary's own Region, could meet a record of CCKM that is not up to date), so
 * where no call was made the answer is: not checkable.
 */
export async function checkPermissions(
  config: Config,
  databaseUrl: string | null,
): Promise<{ findings: Finding[]; permissions: PermissionVerdict[] }> {
  if (config.cckm.url === null) return { findings: [], permissions: [] };
  const client = createCckmClient({
    ...cckmSettings({ ...config.cckm, callTimeoutMs: Math.min(config.cckm.callTimeoutMs, answerWithinMs) }),
    connectTimeoutMs: answerWithinMs / 2,
  });
  try {
    const containers = (await client.listKmsContainers()).value.filter(({ archived }) => !archived);
    const { evidence, regions } = await readUse(databaseUrl);
    const permissions = await judgeAll(client, containers, evidence, regions);
    return { permissions, findings: findingsOf(permissions) };
  } catch (error) {
    // That CCKM cannot be asked, the checks of CCKM say.
    if (error instanceof CckmError) return { findings: [], permissions: [] };
    return {
      permissions: [],
      findings: [warn('permissions', `not checked: ${reasonOf(error)}`, 'See the results for CCKM and Postgres.')],
    };
  } finally {
    await client.close();
  }
}

async function readUse(databaseUrl: string | null): Promise<{ evidence: PermissionEvidence[]; regions: string[] }> {
  if (databaseUrl === null) return { evidence: [], regions: [] };
  const store = openStore({ url: databaseUrl, poolSize: 1, applicationName: 'keyferry doctor' });
  try {
    const evidence = await readPermissionEvidence(store, { codes: denials, timeoutMs: answerWithinMs / 2 });
    return { evidence, regions: await readPolicyRegions(store) };
  } finally {
    await store.close();
  }
}

async function judgeAll(
  client: CckmClient,
  containers: readonly KmsContainer[],
  evidence: readonly PermissionEvidence[],
  policyRegions: readonly string[],
): Promise<PermissionVerdict[]> {
  const user = await client.whoAmI();
  const accounts = [
    ...new Set([...containers.flatMap(({ account }) => account ?? []), ...evidence.map((one) => one.account)]),
  ];
  const anywhere = new Set(containers.flatMap(({ regions }) => regions));
  const pairs = accounts.flatMap((account) => {
    const own = evidence.filter((one) => one.account === account);
    const managed = new Set(containers.filter((one) => one.account === account).flatMap(({ regions }) => regions));
    // One that no account has is missing in each; one that another account has may be meant for that one.
    const wanted = policyRegions.filter((region) => managed.has(region) || !anywhere.has(region));
    return [...new Set([...own.map(({ region }) => region), ...wanted])]
      .sort()
      .map((region) => ({ account, region, own }));
  });
  const verdicts: PermissionVerdict[] = [];
  for (const [at, { account, region, own }] of pairs.entries()) {
    const holding = containers.filter((one) => one.account === account && one.regions.includes(region));
    const calls = own.filter((one) => one.region === region);
    const worst = calls.toSorted((a, b) => b.denied - a.denied)[0];
    verdicts.push(
      judgePermissions({
        ...{ account, region, containers: holding.map(({ name, id }) => name ?? id) },
        missingAcls: lacking(holding, user),
        listed: at < mostQuestions ? await areListed(client, holding, region) : null,
        succeeded: calls.reduce((sum, { succeeded }) => sum + succeeded, 0),
        denied: calls.reduce((sum, { denied }) => sum + denied, 0),
        lastDenial: worst?.last_message ?? null,
      }),
    );
  }
  return verdicts;
}

const always = cckmAcls.filter(({ needed }) => needed === 'always').map(({ acl }) => acl);

/** What every user of Keyferry needs and this one lacks; null: no container reports it. */
function lacking(holding: readonly KmsContainer[], user: Awaited<ReturnType<CckmClient['whoAmI']>>): string[] | null {
  const told = holding.map(({ acls }) => missingAcls(acls, user)).filter((missing) => missing !== null);
  return told.length === 0 ? null : [...new Set(told.flat())].filter((acl) => always.includes(acl));
}

async function areListed(
  client: CckmClient,
  holding: readonly KmsContainer[],
  region: string,
): Promise<boolean | null> {
  const [container] = holding;
  if (container === undefined) return null;
  try {
    await client.countKeys({ kmsId: container.id, region });
    return true;
  } catch (error) {
    if (!(error instanceof CckmError)) throw error;
    return error.code === 'cckm_forbidden' ? false : null;
  }
}

/** Each pair that is denied, and of each account the Regions that are well, and those that nothing is known of. */
function findingsOf(permissions: readonly PermissionVerdict[]): Finding[] {
  return [...Map.groupBy(permissions, ({ account }) => account)].flatMap(([account, all]) => {
    const check = `permissions ${account}`;
    const regions = (verdict: PermissionVerdict['verdict']) =>
      all.filter((one) => one.verdict === verdict).map(({ region }) => region);
    const denied = all
      .filter(({ verdict }) => verdict === 'denied')
      .map(({ region, found, allow }) => fail(check, `${region}: denied: ${found}`, allow.join(' ')));
    const [well, open] = [regions('ok'), regions('not_checkable')];
    return [
      ...denied,
      ...(well.length > 0 ? [ok(check, `${well.join(', ')}: ok`)] : []),
      ...(open.length > 0
        ? [
            ok(
              check,
              `${open.join(', ')}: not checkable: no call in 30 days; keyferry permissions prints what is needed`,
            ),
          ]
        : []),
    ];
  });
}
