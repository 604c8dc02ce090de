import { askingRulesInWords, type DrillApprovalView, type DrillView, visibleLine, visibleText } from '@keyferry/core';
import { Badge, Card, Group, Stack, Text } from '@mantine/core';
import { IconCheck, IconX } from '@tabler/icons-react';
import { Copyable } from '../display/copyable.tsx';
import { Time } from '../display/time.tsx';

/** Who has decided what, when, and on exactly what. */
export function Approvals({ drill }: { drill: DrillView }) {
  const { approvals, approvals_required: required, spec_sha256, scope_sha256 } = drill;
  if (required === 0 && approvals.length === 0) return null;
  const asking = askingRulesInWords(drill.approval_rules);
  const given = approvals.filter(({ step, decision }) => step === null && decision === 'approve').length;
  return (
    <Card withBorder padding="md" component="section" aria-label="Approvals">
      <Group gap="sm" mb="xs">
        <Text fw={600}>Approvals</Text>
        {required > 0 && (
          <Badge
            color={given >= required ? 'teal' : 'orange'}
            c="var(--mantine-color-text)"
            variant="light"
            tt="none"
            radius="sm"
          >
            {given} of {required}
          </Badge>
        )}
        {asking !== null && (
          <Text size="sm" className="quiet">
            Asked for by {visibleLine(asking)}
          </Text>
        )}
      </Group>
      <Stack gap={8} component="ul" m={0} p={0} style={{ listStyle: 'none' }}>
        {approvals.map((approval) => (
          <Decision key={`${approval.approver} ${approval.at}`} approval={approval} />
        ))}
      </Stack>
      <Text size="xs" className="quiet" mt="sm">
        What is approved: the runbook
      </Text>
      <Copyable value={spec_sha256} what="the hash of the runbook" />
      <Text size="xs" className="quiet" mt={4}>
        and its keys with their primaries
      </Text>
      {scope_sha256 === null ? (
        <Text size="xs">not known yet</Text>
      ) : (
        <Copyable value={scope_sha256} what="the hash of its keys" />
      )}
    </Card>
  );
}

function Decision({ approval: { approver, role, step, decision, comment, at } }: { approval: DrillApprovalView }) {
  return (
    <Group component="li" gap="xs" align="flex-start" wrap="nowrap">
      {decision === 'approve' ? (
        <IconCheck size={18} color="var(--state-succeeded)" aria-label="Approved" />
      ) : (
        <IconX size={18} color="var(--state-failed)" aria-label="Rejected" />
      )}
      <div>
        <Text size="sm" component="div">
          <b>{visibleLine(approver)}</b> ({role}) <Time at={at} />
          {step !== null && <span className="quiet"> for {step}</span>}
        </Text>
        {comment && (
          <Text size="sm" fs="italic">
            “{visibleText(comment)}”
          </Text>
        )}
      </div>
    </Group>
  );
}
