import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import pg from 'pg';
import { loginOf } from './login-of.ts';

/** Creates the role that logs in by `url`, with its password, unless it is there. `client` is whose right that must be. */
export async function provideRole(client: pg.Client, url: string): Promise<void> {
  const { role, password } = loginOf(url);
  const { rowCount } = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [role]);
  if (rowCount !== 0) return;
  const byHand = `Create it (CREATE ROLE ${pg.escapeIdentifier(role)} LOGIN PASSWORD '…'), then start again.`;
  if (password === null || !/^[\x20-\x7e]+$/.test(password)) {
    throw new Error(`The role ${role} of DATABASE_URL does not exist. ${byHand}`);
  }
  try {
    await client.query(`CREATE ROLE ${pg.escapeIdentifier(role)} LOGIN PASSWORD '${scramVerifier(password)}'`);
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    // Another process was quicker.
    if (code === '42710' || code === '23505') return;
    throw new Error(`The role ${role} of DATABASE_URL does not exist and cannot be created (${message}). ${byHand}`, {
      cause: error,
    });
  }
}

/** What Postgres stores of a password in ASCII (RFC 5803), so that the password itself is in no statement and no log of it. */
function scramVerifier(password: string): string {
  const iterations = 4_096;
  const salt = randomBytes(16);
  const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256');
  const keyed = (text: string) => createHmac('sha256', salted).update(text).digest();
  const stored = createHash('sha256').update(keyed('Client Key')).digest('base64');
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${stored}:${keyed('Server Key').toString('base64')}`;
}
