import type { AuditEntryView } from '@keyferry/core';

/** Where the dashboard shows what an entry is about; null: nowhere, as of a refused request that names nothing. */
export function subjectPath({
  object: { type, id },
  detail,
}: Pick<AuditEntryView, 'object' | 'detail'>): string | null {
  if (id === null) return null;
  const name = encodeURIComponent(id);
  switch (type) {
    case 'plan':
      return `/plans/${name}`;
    case 'approval':
      return typeof detail.plan_id === 'string' ? `/plans/${detail.plan_id}` : null;
    case 'drill':
      return `/drills/${name}`;
    case 'coverage':
      return isUuid(id) ? `/checks/${name}` : `/coverage/${name}`;
    case 'webhook':
      return `/webhooks/${name}`;
    case 'lane':
      return id === 'cckm' ? '/lanes' : `/lanes?q=${name}`;
    case 'approval_rules':
      return '/approval-rules';
    case 'token':
      return typeof detail.name === 'string' ? `/tokens?name=${encodeURIComponent(detail.name)}` : '/tokens';
    case 'schedule':
      return `/schedules/${name}`;
    case 'region_group':
      return '/region-groups';
    default:
      return null;
  }
}

function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
}
