import pg from 'pg';

/** Who logs in by an address, and with what. */
export function loginOf(url: string): { role: string; password: string | null } {
  const { user, password } = new pg.Client({ connectionString: url });
  return { role: user ?? '', password: password ?? null };
}
