import { type CommandUnknownOpts, Option } from '@commander-js/extra-typings';
import { type Page, type Role, roles, type ScopeView, type TokenView } from '@keyferry/core';
import { mustConfirm, yesOption } from './confirm.ts';
import type { Context } from './context.ts';
import { exitCodes } from './exit-codes.ts';
import { accounts, regions, timeToCome } from './option-values.ts';
import type { Runners } from './runners.ts';
import { createTable } from './table.ts';

interface NewTokenOptions {
  readonly name: string;
  readonly role: Role;
  readonly person?: string;
  readonly account?: string[];
  readonly region?: string[];
  readonly expires?: string;
}

/** The commands about API tokens. */
export function addTokenCommands(root: CommandUnknownOpts, { online, about }: Runners): void {
  const aToken = about('token');
  const token = root.command('token').description('API tokens: callers and their roles (admins)');
  token
    .command('create')
    .description('create an API token; it is printed only once')
    .requiredOption('--name <name>', 'the caller; tokens with the same name are one caller')
    .addOption(new Option('--role <role>', 'role of the caller').choices(roles).makeOptionMandatory())
    .option('--person <name>', 'its person, if they also call under another name; approvals count people')
    .option('--account <id...>', 'limit it to these AWS accounts', accounts)
    .option('--region <name...>', 'limit it to replicas in these Regions', regions)
    .option(
      '--expires <when>',
      'expiry after a duration (90d, 12h) or at a time (2027-03-01T00:00:00Z); default: never',
      timeToCome,
    )
    .action(online(create));
  token.command('list').description('list API tokens, newest first, including revoked ones').action(online(list));
  token
    .command('revoke <id>')
    .description('revoke a token by its id, see `token list`')
    .option(...yesOption)
    .action(
      aToken(async ({ client, output }, id, { yes }) => {
        await mustConfirm(`Revoke token ${id}? It cannot be used again.`, { yes });
        await client.request('DELETE /v1/tokens/{id}', { id });
        output.result({ id, revoked: true }, () => `Revoked token ${id}.`);
        return exitCodes.ok;
      }),
    );
}

/** The token alone goes to standard output, so that it can be written to a file or handed to a secret store. */
async function create({ client, output }: Context, options: NewTokenOptions): Promise<number> {
  const {
    name,
    role,
    person = null,
    account: accounts = null,
    region: regions = null,
    expires: expires_at = null,
  } = options;
  const made = await client.request('POST /v1/tokens', { body: { name, role, person, accounts, regions, expires_at } });
  const end = made.expires_at === null ? 'until it is revoked' : `until ${made.expires_at}`;
  const bound = boundTo(made) === '' ? '' : `, limited to ${boundTo(made)}`;
  output.say(`Created token ${made.id} of ${name} (${role})${bound}, valid ${end}. It is shown only once.`);
  const token = () => made.token;
  output.result(made, token, token);
  return exitCodes.ok;
}

/** A token's scope in words; empty where it has none. */
function boundTo({ accounts, regions }: ScopeView): string {
  const lists = [accounts && `accounts ${accounts.join(', ')}`, regions && `Regions ${regions.join(', ')}`];
  return lists.filter(Boolean).join('; ');
}

async function list({ client, output }: Context): Promise<number> {
  const tokens: TokenView[] = [];
  let cursor: string | null = null;
  do {
    const page: Page<TokenView> = await client.request('GET /v1/tokens', { query: { limit: 1000, cursor } });
    tokens.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor !== null);
  output.result(tokens, () => {
    if (tokens.length === 0)
      return 'No tokens yet except KEYFERRY_ADMIN_TOKEN. Create one: keyferry token create --help';
    const table = createTable(['id', 'name', 'role', 'scope', 'created', 'expires', 'last used', 'revoked']);
    for (const token of tokens) {
      const { id, name, role, created_at, expires_at, last_used_at, revoked_at } = token;
      const times = [created_at, expires_at ?? '-', last_used_at ?? '-', revoked_at ?? '-'];
      table.push([id, name, role, boundTo(token) || '-', ...times]);
    }
    return table.toString();
  });
  return exitCodes.ok;
}
