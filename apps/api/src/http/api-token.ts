import { createHash, randomBytes } from 'node:crypto';

/** A new API token: 256 random bits, with a prefix by which secret scanners know it. */
export function newApiToken(): string {
  return `kfy_${randomBytes(32).toString('base64url')}`;
}

/** How a token is stored and looked up, so that neither the database nor the time a lookup takes tells anything of it. */
export function tokenSha256(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
