import type { ReplicaOutcome, ReplicaView } from '@keyferry/core';
import { Copyable } from '../../display/copyable.tsx';
import { Facts } from '../../display/facts.tsx';
import { Time } from '../../display/time.tsx';
import { Section } from './section.tsx';

/** What is known of a replica and of the key that it copies. */
export function ReplicaFacts({ replica }: { replica: ReplicaView }) {
  const { account, key_id, key_arn, replica_key_id, replica_arn, key_state, outcome, not_before } = replica;
  const waits = not_before !== null && new Date(not_before) > new Date();
  return (
    <Section title="Facts">
      <Facts
        facts={[
          replica_arn !== null && [
            'Replica ARN',
            <Copyable key="arn" value={replica_arn} what="the ARN of the replica" />,
          ],
          replica_key_id !== null && [
            'Replica in CCKM',
            <Copyable key="id" value={replica_key_id} what="the CCKM id of the replica" />,
          ],
          key_state !== null && ['Key state', `${key_state}, as last read back from CCKM`],
          outcome !== null && ['Outcome', outcomeWords[outcome]],
          account !== null && ['Account', <Copyable key="account" value={account} what="the account" />],
          key_arn !== null && ['Primary ARN', <Copyable key="primary" value={key_arn} what="the ARN of the primary" />],
          [
            account === null ? 'Named in the plan' : 'Primary in CCKM',
            <Copyable key="key" value={key_id} what="the CCKM id of the primary" />,
          ],
          ['Calls made', `${replica.attempts.toLocaleString('en')} replicate-key`],
          waits && ['Next attempt', <Time key="next" at={not_before} />],
          replica.manifest_line !== null && ['Manifest', `line ${replica.manifest_line.toLocaleString('en')}`],
          [
            'Replica in Keyferry',
            <Copyable key="replica" value={replica.id} what="the id of the replica in Keyferry" />,
          ],
        ]}
      />
    </Section>
  );
}

/** Whose a replica is, explained. */
const outcomeWords: Readonly<Record<ReplicaOutcome, string>> = {
  created: 'Created by our call',
  adopted: 'Adopted: our call created it, the response was lost, and it was found afterwards',
  already_present: 'Already present: not created by this plan',
};
