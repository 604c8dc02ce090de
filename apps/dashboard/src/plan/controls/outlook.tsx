import { durationInWords, type PlanView } from '@keyferry/core';
import { Text } from '@mantine/core';
import { Loading } from '../../display/loading.tsx';
import { money } from '../preview/money.ts';
import { usePreview } from '../preview/use-preview.ts';

/** How long it takes and what it costs, before somebody agrees to it. */
export function Outlook({ plan }: { plan: PlanView }) {
  const { data: preview, isPending } = usePreview(plan);
  if (isPending) return <Loading what="what it costs" heights={[20]} />;
  if (!preview) return null;
  return (
    <Text size="sm">
      About <b>{durationInWords(preview.expected_seconds)}</b> by the AWS quotas, and about{' '}
      <b>{money(preview.monthly_cost)}</b> a month for {preview.monthly_cost.keys.toLocaleString()} new keys.
      {preview.window?.fits === false && ' It does not fit into its maintenance window: the rest goes on in the next.'}
    </Text>
  );
}
