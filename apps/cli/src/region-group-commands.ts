import { isDeepStrictEqual } from 'node:util';
import type { CommandUnknownOpts as Command } from '@commander-js/extra-typings';
import {
  checkInput,
  type RegionGroup,
  type RegionGroupView,
  regionGroupNameSchema,
  regionGroupSchema,
} from '@keyferry/core';
import { mustConfirm, yesOption } from './confirm.ts';
import { CliError, exitCodes } from './exit-codes.ts';
import type { Runners } from './runners.ts';
import { createTable } from './table.ts';

const account = /^(\d{12})=(.*)$/;

/** The commands about Region groups: what `group:<name>` stands for in the plans that are submitted from now on. */
export function addRegionGroupCommands(root: Command, { online }: Runners): void {
  const groups = root.command('region-group').description('named lists of Regions for plans: group:<name>');
  groups
    .command('list')
    .description('all groups')
    .action(
      online(async ({ client, output }) => {
        const { items } = await client.request('GET /v1/region-groups');
        output.result(items, () => (items.length === 0 ? none : tableOf(items)));
        return exitCodes.ok;
      }),
    );
  groups
    .command('set <name> <regions...>')
    .description('create or change a group; "111122223333=eu-north-1,eu-west-1" sets other Regions for an account')
    .action(
      online(async ({ client, output }, name, lists) => {
        const given = { name: checkName(name), body: readGroup(lists) };
        const before = (await client.request('GET /v1/region-groups')).items.find((one) => one.name === name);
        const group = await client.request('PUT /v1/region-groups/{name}', given);
        const applied = before === undefined ? 'created' : sameRegions(before, group) ? 'unchanged' : 'configured';
        output.say(`Group ${name} ${applied}.`);
        output.result({ ...group, applied }, () => tableOf([group]));
        return exitCodes.ok;
      }),
    );
  groups
    .command('delete <name>')
    .description('delete a group; submitted plans keep its Regions')
    .option(...yesOption)
    .action(
      online(async ({ client, output }, name, { yes }) => {
        await mustConfirm(`Delete group ${name}?`, { yes });
        await client.request('DELETE /v1/region-groups/{name}', { name });
        output.result({ deleted: name }, () => `Deleted group ${name}.`);
        return exitCodes.ok;
      }),
    );
}

const none = 'No groups yet. Create one: keyferry region-group set eu eu-west-1 eu-central-1';

function tableOf(groups: readonly RegionGroupView[]): string {
  const table = createTable(['group', 'account', 'Regions', 'changed', 'by']);
  for (const { name, regions, accounts, updated_at, updated_by } of groups) {
    table.push([`group:${name}`, 'all others', regions.join(', '), updated_at, updated_by]);
    for (const [id, list] of Object.entries(accounts)) table.push(['', id, list.join(', ') || 'none', '', '']);
  }
  return table.toString();
}

const sameRegions = (a: RegionGroupView, b: RegionGroupView): boolean =>
  isDeepStrictEqual([a.regions, a.accounts], [b.regions, b.accounts]);

function checkName(name: string): string {
  const wrong = regionGroupNameSchema.safeParse(name).error?.issues[0];
  if (wrong) throw new CliError(exitCodes.usage, `"${name}" is not a group name: ${wrong.message}`);
  return name;
}

/** Regions, and lists of accounts, as they stand on the command line. */
function readGroup(lists: readonly string[]): RegionGroup {
  const split = (list: string) => list.split(',').filter((region) => region !== '');
  const accounts = lists.flatMap((list) => {
    const [, id, regions] = account.exec(list) ?? [];
    return id === undefined || regions === undefined ? [] : [[id, split(regions)] as const];
  });
  const group = {
    regions: lists.filter((list) => !account.test(list)).flatMap(split),
    ...(accounts.length > 0 ? { accounts: Object.fromEntries(accounts) } : {}),
  };
  const checked = checkInput(regionGroupSchema, group);
  if ('data' in checked) return checked.data;
  throw new CliError(exitCodes.usage, checked.errors.map(({ message }) => message).join('\n'));
}
