import { type CommandUnknownOpts, InvalidArgumentError, Option } from '@commander-js/extra-typings';
import {
  type DeliveryView,
  deliveryStates,
  type Page,
  type WebhookEventType,
  type WebhookView,
  type WebhookWithSecretView,
  webhookEventTypes,
} from '@keyferry/core';
import { mustConfirm, yesOption } from './confirm.ts';
import type { Context } from './context.ts';
import { exitCodes } from './exit-codes.ts';
import { pageSize } from './option-values.ts';
import { type Output, paintState, pc } from './output.ts';
import type { Runners } from './runners.ts';
import { createTable } from './table.ts';

const prefix = 'com.keyferry.plan.';

/** The commands about webhooks. */
export function addWebhookCommands(root: CommandUnknownOpts, { online, about }: Runners): void {
  const aWebhook = about('webhook');
  const webhook = root.command('webhook').description('send events to other systems (admins)');
  webhook
    .command('create')
    .description('create a webhook; the secret that signs its events is printed only once')
    .requiredOption('--name <name>', 'name of the webhook')
    .requiredOption('--to <address>', 'address of the receiver; its host must be in KEYFERRY_WEBHOOK_HOSTS')
    .option(
      '--event <type...>',
      'only these (halted, drill.failed, or com.keyferry.plan.halted); default: all',
      eventTypes,
    )
    .option('--disabled', 'send nothing until it is enabled')
    .action(online(create));
  webhook.command('list').description('list webhooks, newest first').action(online(list));
  webhook.command('show <id>').description('show its address and state').action(aWebhook(show));
  for (const [name, enabled, description] of [
    ['enable', true, 'send events again, also after Keyferry disabled it'],
    ['disable', false, 'send nothing; events of this time are not sent later'],
  ] as const) {
    webhook
      .command(`${name} <id>`)
      .description(description)
      .action(aWebhook((context, id) => setEnabled(context, id, enabled)));
  }
  webhook
    .command('test <id>')
    .description('send a test event now')
    .action(
      aWebhook(async ({ client, output }, id) => {
        const delivery = await client.request('POST /v1/webhooks/{id}/test', { id });
        output.result(delivery, () => `Test event queued. Outcome: keyferry webhook deliveries ${id}`);
        return exitCodes.ok;
      }),
    );
  webhook
    .command('rotate <id>')
    .description('rotate the secret; the new one is printed only once, the previous one also signs for 24 hours')
    .action(
      aWebhook(async ({ client, output }, id) => {
        const rotated = await client.request('POST /v1/webhooks/{id}/rotate-secret', { id });
        tellSecret(rotated, output, `Until ${rotated.previous_secret_until} the previous secret also signs.`);
        return exitCodes.ok;
      }),
    );
  webhook
    .command('deliveries <id>')
    .description('list the deliveries of the last 30 days, newest first')
    .addOption(new Option('--state <state>', 'only these').choices(deliveryStates))
    .option('--limit <n>', 'how many', pageSize, 20)
    .action(aWebhook(deliveries));
  webhook
    .command('redeliver <id> <delivery-id>')
    .description('send an event again now, with the same id')
    .action(
      aWebhook(async ({ client, output }, id, deliveryId) => {
        const delivery = await client.request('POST /v1/webhooks/{id}/deliveries/{delivery_id}/redeliver', {
          id,
          delivery_id: deliveryId,
        });
        output.result(delivery, () => `Event queued again. Outcome: keyferry webhook deliveries ${id}`);
        return exitCodes.ok;
      }),
    );
  webhook
    .command('delete <id>')
    .description('delete a webhook and its deliveries')
    .option(...yesOption)
    .action(
      aWebhook(async ({ client, output }, id, { yes }) => {
        await mustConfirm(`Delete webhook ${id} and its deliveries?`, { yes });
        await client.request('DELETE /v1/webhooks/{id}', { id });
        output.result({ id }, () => `Deleted webhook ${id}.`);
        return exitCodes.ok;
      }),
    );
}

async function create(
  { client, output }: Context,
  options: { name: string; to: string; event?: WebhookEventType[]; disabled?: boolean },
): Promise<number> {
  const { name, to: url, event: events = null, disabled = false } = options;
  const made = await client.request('POST /v1/webhooks', { body: { name, url, events, enabled: !disabled } });
  tellSecret(made, output, `Created webhook ${made.id} (${made.name}).`);
  return exitCodes.ok;
}

/** The secret alone goes to standard output, so that it can be written to a file or handed to a secret store. */
function tellSecret(webhook: WebhookWithSecretView, output: Output, what: string): void {
  output.say(`${what} Its secret is shown only once.`);
  const secret = () => webhook.secret;
  output.result(webhook, secret, secret);
}

async function list({ client, output }: Context): Promise<number> {
  const webhooks: WebhookView[] = [];
  let cursor: string | null = null;
  do {
    const page: Page<WebhookView> = await client.request('GET /v1/webhooks', { query: { limit: 1000, cursor } });
    webhooks.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor !== null);
  output.result(webhooks, () => {
    if (webhooks.length === 0) return 'No webhooks yet. Create one: keyferry webhook create --help';
    const table = createTable(['id', 'name', 'address', 'events', 'works']);
    for (const one of webhooks) table.push([one.id, one.name, one.url, eventNames(one), health(one)]);
    return table.toString();
  });
  return exitCodes.ok;
}

async function show({ client, output }: Context, id: string): Promise<number> {
  const webhook = await client.request('GET /v1/webhooks/{id}', { id });
  output.result(webhook, () => {
    const { name, url, disabled_reason, previous_secret_until, created_at, created_by, updated_at, updated_by } =
      webhook;
    return [
      `${pc.bold(name)}: ${url}`,
      `events   ${eventNames(webhook)}`,
      `works    ${health(webhook)}`,
      ...(disabled_reason === null
        ? []
        : [pc.red(`reason   ${disabled_reason}`), `again    keyferry webhook enable ${id}`]),
      ...(previous_secret_until === null
        ? []
        : [`secrets  the previous one also signs until ${previous_secret_until}`]),
      '',
      `id ${id} · made ${created_at} by ${created_by} · changed ${updated_at} by ${updated_by}`,
    ].join('\n');
  });
  return exitCodes.ok;
}

async function setEnabled({ client, output }: Context, id: string, enabled: boolean): Promise<number> {
  const { name, url, events } = await client.request('GET /v1/webhooks/{id}', { id });
  const webhook = await client.request('PUT /v1/webhooks/{id}', { id, body: { name, url, events, enabled } });
  output.result(webhook, () => `Webhook ${id} (${name}) is ${enabled ? 'enabled' : 'disabled'}.`);
  return exitCodes.ok;
}

async function deliveries(
  { client, output }: Context,
  id: string,
  options: { state?: DeliveryView['state']; limit: number },
): Promise<number> {
  const page = await client.request('GET /v1/webhooks/{id}/deliveries', { id, query: options });
  output.result(page.items, () => {
    if (page.items.length === 0) return 'No deliveries.';
    const table = createTable(
      ['id', 'event', 'about', 'at', 'state', 'attempts', 'last attempt', 'next'],
      ['attempts'],
    );
    for (const delivery of page.items) {
      const { event, attempts, next_attempt_at } = delivery;
      const about = [shortType(event.type), event.subject, event.time];
      table.push([
        delivery.id,
        ...about,
        paintState(delivery.state),
        attempts,
        lastAttempt(delivery),
        next_attempt_at ?? '-',
      ]);
    }
    return table.toString();
  });
  return exitCodes.ok;
}

function lastAttempt({ attempt_log }: DeliveryView): string {
  const last = attempt_log.at(-1);
  if (last === undefined) return '-';
  if (last.duration_ms === null) return `started ${last.started_at}`;
  return last.error ?? `answered ${last.http_status} in ${last.duration_ms} ms`;
}

function health({ enabled, disabled_at, failing_since }: WebhookView): string {
  if (disabled_at !== null) return pc.red(`given up ${disabled_at}`);
  if (!enabled) return pc.yellow('disabled');
  return failing_since === null ? pc.green('yes') : pc.red(`fails since ${failing_since}`);
}

function eventNames({ events }: WebhookView): string {
  return events === null ? 'all' : events.map(shortType).join(', ');
}

/** `halted` of a plan, `drill.failed`. */
function shortType(type: string): string {
  return type.startsWith(prefix) ? type.slice(prefix.length) : type.replace(/^com\.keyferry\./, '');
}

function eventTypes(text: string, before: WebhookEventType[] = []): WebhookEventType[] {
  const found = webhookEventTypes.find((type) => type === text || shortType(type) === text);
  if (found !== undefined) return [...before, found];
  throw new InvalidArgumentError(`Known: ${webhookEventTypes.map(shortType).join(', ')}.`);
}
