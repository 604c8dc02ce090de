import { differingFields, durationInWords, type ReplicaView } from '@keyferry/core';
import { Anchor, Table, Text } from '@mantine/core';
import { type MouseEvent, memo } from 'react';
import { Link, useLocation, useSearchParams } from 'wouter';
import { withSearch } from '../../display/address.ts';
import { ReplicaStateBadge } from '../../display/badges.tsx';
import { localTime } from '../../display/local-time.ts';
import { Time } from '../../display/time.tsx';
import { regionName } from '../../regions/region-names.ts';
import looks from './replica-row.module.css';

/** One replica; it leads to all that is known of it. Drawn anew only when it has changed: the plan changes all the time. */
export const ReplicaRow = memo(function ReplicaRow({ replica }: { replica: ReplicaView }) {
  const [here, navigate] = useLocation();
  const [search] = useSearchParams();
  const href = `${here}?${withSearch(search, { replica: replica.id })}`;
  const open = ({ target }: MouseEvent) => {
    const selects = window.getSelection()?.isCollapsed === false;
    if (!selects && !(target as Element).closest('a')) navigate(href);
  };
  const { accepted_at, usable_at } = replica;
  return (
    <Table.Tr className={looks.row} onClick={open}>
      <Table.Td className={looks.key}>
        <Anchor component={Link} href={href} size="sm" fw={600}>
          {replica.alias ?? replica.key_id}
        </Anchor>
        <Text size="xs" className="quiet">
          {replica.account === null ? 'Not found in CCKM' : `${replica.account}, from ${replica.primary_region}`}
        </Text>
      </Table.Td>
      <Table.Td className={looks.short}>
        {replica.region}
        <Text size="xs" className="quiet">
          {regionName(replica.region)}
        </Text>
      </Table.Td>
      <Table.Td className={looks.short} miw={150}>
        <ReplicaStateBadge state={replica.state} />
      </Table.Td>
      <Table.Td>
        <Text size="sm" className={looks.told} title={replica.error?.message}>
          {inShort(replica)}
        </Text>
      </Table.Td>
      <Table.Td ta="right">{replica.attempts}</Table.Td>
      <Table.Td>{accepted_at === null ? '–' : <Time at={accepted_at} />}</Table.Td>
      <Table.Td ta="right">
        {accepted_at !== null && usable_at !== null
          ? durationInWords((Date.parse(usable_at) - Date.parse(accepted_at)) / 1_000)
          : '–'}
      </Table.Td>
    </Table.Tr>
  );
});

const fieldsOf = (diff: ReplicaView['diff']): string => differingFields(diff ?? []).join(', ');

/** What is known of a replica beyond its state, in a line. */
export function inShort(
  { state, outcome, error, not_before, key_state, diff, warnings }: ReplicaView,
  now = new Date(),
): string {
  if (error?.code === 'replica_differs') return `Usable, but differs in ${fieldsOf(diff)}`;
  if (error !== null && state !== 'pending') return `${error.code}: ${error.message}`;
  if (state === 'pending' && not_before !== null && new Date(not_before) > now) {
    const why = error === null ? '' : ` after ${error.code}`;
    return `Next attempt at ${localTime(not_before, now)}${why}`;
  }
  if (outcome === 'adopted') return 'Created by our call; its response was lost';
  if (state === 'succeeded' && key_state === 'PendingImport') return 'Created without key material: import it';
  if (diff !== null && diff.length > 0) return `Differs in ${fieldsOf(diff)}`;
  return warnings.map(({ code }) => code).join(', ');
}
