import { approvalsInForce, askingRulesInWords, type PlanView, visibleLine, visibleText } from '@keyferry/core';
import { Badge, Card, Group, Stack, Text } from '@mantine/core';
import { IconCheck, IconX } from '@tabler/icons-react';
import { Time } from '../display/time.tsx';

/** Who has approved the plan, when, and which approvals are void. */
export function Approvals({ plan }: { plan: PlanView }) {
  const { approvals, approvals_required: required, proposed_by: proposers } = plan;
  if (required === 0) return null;
  const inForce = approvalsInForce(approvals, Date.now());
  const kept = approvals.filter(({ voided_at }) => voided_at === null);
  const enough = (plan.started_at === null ? inForce : kept).length >= required;
  const asking = askingRulesInWords(plan.approval_rules);
  return (
    <Card withBorder padding="md" component="section" aria-label="Approvals">
      <Group gap="sm" mb={approvals.length > 0 ? 'xs' : 0}>
        <Text fw={600}>Approvals</Text>
        <Badge color={enough ? 'teal' : 'orange'} c="var(--mantine-color-text)" variant="light" tt="none" radius="sm">
          {inForce.length} of {required}
        </Badge>
        <Text size="sm" className="quiet">
          {asking !== null && `Required by ${visibleLine(asking)}. `}
          {visibleLine(proposers.join(', '))} proposed the plan and cannot approve it.
        </Text>
      </Group>
      <Stack gap={6} component="ul" m={0} p={0} style={{ listStyle: 'none' }}>
        {approvals.map((approval) => {
          const counts = inForce.includes(approval);
          const why = approval.void_reason ?? (counts || plan.started_at !== null ? null : 'Expired.');
          return (
            <Group key={`${approval.approver} ${approval.approved_at}`} component="li" gap="xs" align="flex-start">
              {why === null ? (
                <IconCheck size={18} color="var(--state-succeeded)" aria-label="Valid" />
              ) : (
                <IconX size={18} color="var(--quiet)" aria-label="Void" />
              )}
              <Text size="sm" component="div" td={why === null ? undefined : 'line-through'}>
                <b>{visibleLine(approval.approver)}</b> ({approval.role}) <Time at={approval.approved_at} />
              </Text>
              {approval.comment && (
                <Text size="sm" fs="italic">
                  “{visibleText(approval.comment)}”
                </Text>
              )}
              <Text size="sm" className="quiet">
                {why ?? (plan.started_at === null ? <Until at={approval.expires_at} /> : null)}
              </Text>
            </Group>
          );
        })}
      </Stack>
    </Card>
  );
}

function Until({ at }: { at: string }) {
  return (
    <>
      valid until <Time at={at} />
    </>
  );
}
