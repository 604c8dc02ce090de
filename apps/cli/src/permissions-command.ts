import type { CommandUnknownOpts as Command } from '@commander-js/extra-typings';
import {
  cckmAcls,
  iamActions,
  iamPolicy,
  keyPolicyStatements,
  type PermissionPlace,
  scpDenyingRegions,
} from '@keyferry/core';
import { exitCodes } from './exit-codes.ts';
import { account, regions } from './option-values.ts';
import { pc } from './output.ts';
import type { Runners } from './runners.ts';
import { createTable } from './table.ts';

/** `keyferry permissions`: what the CCKM user and the AWS identity of its connection need, ready to copy. Offline. */
export function addPermissionsCommand(root: Command, { offline }: Runners): void {
  root
    .command('permissions')
    .description('print the ACLs for CCKM and the IAM, key policy and SCP statements for AWS')
    .option('--account <id>', 'AWS account of the keys', account)
    .option('--region <region>', 'Region of replicas; repeatable', regions)
    .option('--primary-region <region>', 'Region of primaries; repeatable', regions)
    .option('--principal <arn>', 'AWS user or role of the CCKM connection')
    .option('--assume-role <arn>', 'role that the CCKM container assumes (assume_role_arn)')
    .action(
      offline(async (output, options) => {
        const { account = null, region = [], primaryRegion = [], principal = null, assumeRole = null } = options;
        const place = { account, regions: region, primaryRegions: primaryRegion, principal, assumeRole };
        const all = statementsFor(place);
        output.result(all, () => permissionsText(all));
        return exitCodes.ok;
      }),
    );
}

type Statements = ReturnType<typeof statementsFor>;

function statementsFor(place: PermissionPlace) {
  return {
    cckm_acls: cckmAcls,
    iam_actions: iamActions,
    iam_policy: iamPolicy(place),
    key_policy_statements: keyPolicyStatements(place),
    service_control_policy: scpDenyingRegions(place),
  };
}

function permissionsText(all: Statements): string {
  const acls = createTable(['ACL', 'needed', 'to']);
  for (const { acl, needed, why } of all.cckm_acls)
    acls.push([acl, needed === 'import' ? 'for EXTERNAL keys' : 'always', why]);
  const actions = createTable(['IAM action', 'Region', 'for']);
  for (const { action, region, why } of all.iam_actions) actions.push([action, region, why]);
  const json = (value: unknown) => JSON.stringify(value, null, 2);
  return [
    `${pc.bold('CCKM: ACLs of the user of CCKM_USERNAME, on each KMS container')}\n${acls.toString()}`,
    `${pc.bold('AWS: actions of the identity of the CCKM connection')}\n${actions.toString()}`,
    `${pc.bold('IAM policy of that identity')}\n${json(all.iam_policy)}`,
    `${pc.bold('Statements for the key policy of each primary')}\n${json(all.key_policy_statements)}`,
    `${pc.bold('An SCP that denies Regions must exempt these actions, or allow the Regions of the replicas')}\n${json(all.service_control_policy)}`,
  ].join('\n\n');
}
