import type { Role } from '@keyferry/core';

/** What each role may do. docs/security/access.md has it in full. */
export const roleInWords: Readonly<Record<Role, string>> = {
  viewer: 'Reads everything except the audit log and evidence packs',
  operator: 'Submits, runs and retries plans; lanes, schedules, coverage policies and drills',
  approver: 'Approves plans and drills of others',
  auditor: 'Reads everything, with the audit log and evidence packs',
  admin: 'Does everything: also tokens, webhooks and approval rules',
};
