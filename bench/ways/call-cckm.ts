import { z } from 'zod';
import type { Pair } from './way.ts';

const timeoutMs = 30_000;
const tokenSchema = z.object({ jwt: z.string() });

/** A token for the simulator's user; it lasts for five minutes. */
export async function logIn(url: string): Promise<string> {
  const response = await fetch(`${url}/api/v1/auth/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'admin', password: 'keyferry-simulator' }),
  });
  return tokenSchema.parse(await response.json()).jwt;
}

/** CCKM's `replicate-key` as curl calls it. Rejects when the answer is lost. */
export async function replicateKey(
  url: string,
  jwt: string,
  { key, region }: Pair,
): Promise<{ status: number; text: string }> {
  const response = await fetch(`${url}/api/v1/cckm/aws/keys/${key.id}/replicate-key`, {
    method: 'POST',
    signal: AbortSignal.timeout(timeoutMs),
    headers: { 'content-type': 'application/json', authorization: `Bearer ${jwt}` },
    body: JSON.stringify({ replica_region: region, aws_param: {} }),
  });
  return { status: response.status, text: await response.text() };
}
