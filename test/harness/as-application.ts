/** The same database as a role that owns nothing in it, as in production; who migrates creates the role. */
export function asApplication(databaseUrl: string): string {
  const url = new URL(databaseUrl);
  url.username = 'keyferry_app';
  url.password = 'test';
  return url.href;
}
