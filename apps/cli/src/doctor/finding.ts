/** What one check found, for a person and for scripts. Never holds a secret: of addresses host and database only. */
export interface Finding {
  readonly check: string;
  readonly status: 'ok' | 'warn' | 'fail';
  readonly found: string;
  /** What to do; null: nothing. */
  readonly advice: string | null;
}

export const ok = (check: string, found: string): Finding => ({ check, status: 'ok', found, advice: null });
export const warn = (check: string, found: string, advice: string): Finding => {
  return { check, status: 'warn', found, advice };
};
export const fail = (check: string, found: string, advice: string): Finding => {
  return { check, status: 'fail', found, advice };
};
