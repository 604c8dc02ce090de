import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

/**
 * Keeps key policies and the secrets of webhooks unreadable in Postgres: AES-256-GCM, a fresh 96-bit nonce each, the key's id beside it. The first key
 * seals; all of them open, so that a new one can be put before the old.
 */
export interface Seal {
  /** Ids of the keys, the one that seals first; empty: nothing is sealed. */
  readonly keyIds: readonly string[];
  /** A JSON value in a form that reveals nothing but its length, for one place; in clear where there are no keys. */
  close(value: unknown, at: SealedAt): unknown;
  /** What `close` was given for this place; a value that is not sealed comes back as it is. Throws SealError. */
  open(value: unknown, at: SealedAt): unknown;
}

/** Where a sealed value stands: moved to another row or field it opens no more. */
export interface SealedAt {
  readonly table: string;
  /** Of the row, and what else identifies it. */
  readonly id: string;
  readonly field: string;
}

/** A sealed value whose key is missing, or that was changed or moved. */
export class SealError extends Error {
  override readonly name = 'SealError';
}

const field = '$sealed';
const nonceBytes = 12;
const tagBytes = 16;
/** Before a value in clear that looks as if it were sealed. No key has such an id. */
const inClear = 'clear.';
/** After the id of the key: bound to its place. Values from before it was are bound to nothing. */
const bound = 'at';

/** The name of a key, which reveals nothing of it. */
export function sealKeyId(key: Uint8Array): string {
  return createHash('sha256').update('keyferry seal key id').update(key).digest('hex').slice(0, 12);
}

/** A seal with keys of 32 bytes each. */
export function createSeal(keys: readonly Uint8Array[]): Seal {
  const byId = new Map(keys.map((key) => [sealKeyId(key), key]));
  const [first] = byId.entries();
  return {
    keyIds: [...byId.keys()],
    close: (value, at) => {
      if (first !== undefined) return { [field]: encrypt(first[0], first[1], JSON.stringify(value), at) };
      return sealedText(value) === null ? value : { [field]: `${inClear}${JSON.stringify(value)}` };
    },
    open: (value, at) => {
      const sealed = sealedText(value);
      if (sealed === null) return value;
      if (sealed.startsWith(inClear)) return JSON.parse(sealed.slice(inClear.length));
      const [id = '', ...parts] = sealed.split('.');
      const key = byId.get(id);
      if (key === undefined) {
        throw new SealError(`A value is sealed with the key ${id}, which is not in KEYFERRY_ENCRYPTION_KEY.`);
      }
      const isBound = parts.length === 2 && parts[0] === bound;
      const body = Buffer.from(parts.at(-1) ?? '', 'base64url');
      return JSON.parse(decrypt(id, key, body, isBound ? placeOf(id, at) : Buffer.from(id)));
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

/** What is authenticated with a value, and not stored with it. */
function placeOf(keyId: string, { table, id, field }: SealedAt): Buffer {
  return Buffer.from(JSON.stringify([keyId, table, id, field]));
}

function encrypt(id: string, key: Uint8Array, text: string, at: SealedAt): string {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(placeOf(id, at));
  const body = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return `${id}.${bound}.${body.toString('base64url')}`;
}

function decrypt(id: string, key: Uint8Array, body: Buffer, authenticated: Buffer): string {
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, body.subarray(0, nonceBytes), { authTagLength: tagBytes });
    decipher.setAAD(authenticated).setAuthTag(body.subarray(-tagBytes));
    return Buffer.concat([decipher.update(body.subarray(nonceBytes, -tagBytes)), decipher.final()]).toString('utf8');
  } catch {
    throw new SealError(`A value that was sealed with the key ${id} has been changed or moved to another place.`);
  }
}
