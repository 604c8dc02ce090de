import { auditActions, auditOutcomes } from '@keyferry/core';
import { Button, Group, SegmentedControl, Select } from '@mantine/core';
import { SearchField } from '../display/search-field.tsx';
import { type AuditChoice, isEmpty } from './audit-choice.ts';
import { TimeField } from './time-field.tsx';

interface AuditFilterProps {
  choice: AuditChoice;
  change: (next: Partial<AuditChoice>) => void;
  onClear: () => void;
}

/** By who, what, about what, whether it was refused, and when. */
export function AuditFilter({ choice, change, onClear }: AuditFilterProps) {
  return (
    <Group p="sm" gap="sm" align="flex-end" role="search" aria-label="Filter the audit log">
      <SearchField label="Caller" w={170} value={choice.actor} onChange={(actor) => change({ actor })} />
      <Select
        aria-label="Action"
        placeholder="Every action"
        clearable
        searchable
        w={220}
        nothingFoundMessage="There is no such action"
        data={actionsByType}
        value={choice.action || null}
        onChange={(action) => change({ action: action ?? '' })}
      />
      <Select
        aria-label="About"
        placeholder="About anything"
        clearable
        searchable
        w={180}
        data={subjectTypes.map((value) => ({ value, label: value.replaceAll('_', ' ') }))}
        value={choice.type || null}
        onChange={(type) => change({ type: type ?? '' })}
      />
      <SearchField label="Id or name" w={250} value={choice.subject} onChange={(subject) => change({ subject })} />
      <SegmentedControl
        aria-label="Outcome"
        value={choice.outcome}
        onChange={(outcome) => change({ outcome: outcome as AuditChoice['outcome'] })}
        data={[{ value: '', label: 'All' }, ...auditOutcomes.map((value) => ({ value, label: outcomeLabels[value] }))]}
      />
      <TimeField label="From" value={choice.from} onChange={(from) => change({ from })} />
      <TimeField label="Before" value={choice.to} onChange={(to) => change({ to })} />
      {!isEmpty(choice) && (
        <Button variant="subtle" onClick={onClear}>
          Clear
        </Button>
      )}
    </Group>
  );
}

const outcomeLabels = { done: 'Done', refused: 'Refused' };

/** What entries are about: each type of subject; `operation` is a request that was refused before it was known what it is about. */
const subjectTypes = [
  'plan',
  'approval',
  'drill',
  'schedule',
  'coverage',
  'approval_rules',
  'region_group',
  'lane',
  'webhook',
  'token',
  'session',
  'operation',
  'audit',
];

const actionsByType = Object.entries(
  Object.groupBy([...auditActions].sort(), (action) => action.split('.')[0] ?? ''),
).map(([group, items = []]) => ({ group: group.replaceAll('_', ' '), items }));
