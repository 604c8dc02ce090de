import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

/**
 * Keeps key policies and the secrets of webhooks unreadable in Postgres: AES-256-GCM, a fresh 96-bit nonce each, the key's id beside it. The first key
 * seals; all of them open, so that a new one can be put before the old.
 */
export interface Seal {
  /** Ids of the keys, the one that seals first; empty: nothing is sealed. */
  readonly keyIds: readonly string[];
  /** A JSON value in a form that tells nothing of it but its length; the value itself where there are no keys. */
  close(value: unknown): unknown;
  /** What `close` was given; a value that is not sealed comes back as it is. Throws SealError. */
  open(value: unknown): unknown;
}

/** A sealed value for which the key is not there, or that somebody has changed. */
export class SealError extends Error {
  override readonly name = 'SealError';
}

const field = '$sealed';
const nonceBytes = 12;
const tagBytes = 16;

/** The name of a key, which tells nothing of it. */
export function sealKeyId(key: Uint8Array): string {
  return createHash('sha256').update('keyferry seal key id').update(key).digest('hex').slice(0, 12);
}

/** A seal with keys of 32 bytes each. */
export function createSeal(keys: readonly Uint8Array[]): Seal {
  const byId = new Map(keys.map((key) => [sealKeyId(key), key]));
  const [first] = byId.entries();
  return {
    keyIds: [...byId.keys()],
    close: (value) => (first === undefined ? value : { [field]: encrypt(first[0], first[1], JSON.stringify(value)) }),
    open: (value) => {
      const sealed = sealedText(value);
      if (sealed === null) return value;
      const [id = '', body = ''] = sealed.split('.');
      const key = byId.get(id);
      if (key === undefined) {
        throw new SealError(`Something is sealed with the key ${id}, which is not in KEYFERRY_ENCRYPTION_KEY.`);
      }
      return JSON.parse(decrypt(id, key, Buffer.from(body, 'base64url')));
    },
  };
}

/** Nothing is sealed, and nothing that is can be opened. */
export const noSeal: Seal = createSeal([]);

function sealedText(value: unknown): string | null {
  if (typeof value !== 'object' || value === null) return null;
  const text = (value as Record<string, unknown>)[field];
  return typeof text === 'string' && Object.keys(value).length === 1 ? text : null;
}

function encrypt(id: string, key: Uint8Array, text: string): string {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(id));
  const body = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return `${id}.${body.toString('base64url')}`;
}

function decrypt(id: string, key: Uint8Array, body: Buffer): string {
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, body.subarray(0, nonceBytes), { authTagLength: tagBytes });
    decipher.setAAD(Buffer.from(id)).setAuthTag(body.subarray(-tagBytes));
    return Buffer.concat([decipher.update(body.subarray(nonceBytes, -tagBytes)), decipher.final()]).toString('utf8');
  } catch {
    throw new SealError(`What was sealed with the key ${id} has been changed since.`);
  }
}
