/** What a caller is; each has one role. Which role may do what stands in the API's table of operations. */
export const roles = ['viewer', 'operator', 'approver', 'auditor', 'admin'] as const;

export type Role = (typeof roles)[number];

/** The caller that KEYFERRY_ADMIN_TOKEN stands for; no other token may have its name. */
export const adminCaller = 'admin';

/** Keyferry itself, in the audit log; no token may have its name. */
export const systemCaller = 'system';
