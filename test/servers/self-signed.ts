import { randomUUID } from 'node:crypto';
import { generate } from 'selfsigned';

/** A certificate for `localhost` and its key, both PEM; it is its own CA. */
export async function selfSigned(): Promise<{ cert: string; key: string }> {
  const names = { name: 'subjectAltName' as const, altNames: [{ type: 2 as const, value: 'localhost' }] };
  const pems = await generate([{ name: 'commonName', value: randomUUID() }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [names],
  });
  return { cert: pems.cert, key: pems.private };
}
