import type { CommandUnknownOpts as Command } from '@commander-js/extra-typings';
import { type LaneView, laneOperations } from '@keyferry/core';
import { CliError, exitCodes } from './exit-codes.ts';
import { pc } from './output.ts';
import type { Runners } from './runners.ts';
import { createTable } from './table.ts';

/** The commands about lanes: what AWS meters, and the circuits that hold back what would only fail. */
export function addLaneCommands(root: Command, { online }: Runners): void {
  const lanes = root.command('lane').description('lanes: one account, Region and operation, as AWS meters calls');
  lanes
    .command('list')
    .description('list all lanes, those with problems first')
    .option('--down', 'only lanes whose circuit is not closed')
    .action(
      online(async ({ client, output }, { down }) => {
        const { items } = await client.request('GET /v1/lanes');
        const shown = items
          .filter(({ circuit }) => !down || circuit !== 'closed')
          .toSorted((a, b) => Number(a.circuit === 'closed') - Number(b.circuit === 'closed'));
        output.result(shown, () => (shown.length === 0 ? 'No lanes.' : tableOf(shown)));
        return exitCodes.ok;
      }),
    );
  lanes
    .command('reset <id>')
    .description('close the circuit of a lane or of cckm: calls resume')
    .action(
      online(async ({ client, output }, id) => {
        if (id === '') throw new CliError(exitCodes.usage, `Expected cckm, or <account>:<Region>:<${operations}>.`);
        const reset = await client.request('POST /v1/lanes/{id}/reset', { id });
        const { circuit_before: before, reason_before: reason } = reset;
        output.result(reset, () =>
          before === 'closed'
            ? `${id}: the circuit is already closed.`
            : `${id}: circuit closed. It was ${before.replace('_', ' ')} (${reason ?? 'reason unknown'}). It opens again if calls fail.`,
        );
        return exitCodes.ok;
      }),
    );
}

const operations = laneOperations.join('|');

function tableOf(lanes: readonly LaneView[]): string {
  const table = createTable(['lane', 'circuit', 'a second', 'in flight', 'pending', 'throttles']);
  for (const { id, circuit, circuit_reason, effective_per_second, in_flight, pending, throttled_total } of lanes) {
    const state = circuit === 'closed' ? circuit : pc.red(`${circuit.replace('_', ' ')} (${circuit_reason ?? '?'})`);
    table.push([id, state, effective_per_second, in_flight, pending, throttled_total]);
  }
  return table.toString();
}
