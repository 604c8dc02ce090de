import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { ConfigError } from '@keyferry/config';
import type { AuditCheckpointView, AuditKeyView, SignedCheckpoint } from '@keyferry/core';
import canonicalize from 'canonicalize';

/** The key that signs checkpoints of the audit log and evidence packs. */
export interface SigningKey {
  /** Its public half. */
  readonly view: AuditKeyView;
  /** Ed25519 over these very bytes, base64. */
  sign(bytes: Uint8Array): string;
  signCheckpoint(checkpoint: Omit<SignedCheckpoint, 'key_id'>): AuditCheckpointView;
}

/** Reads an Ed25519 private key from PEM (PKCS#8). Throws a ConfigError that does not repeat it. */
export function readSigningKey(pem: string): SigningKey {
  const privateKey = readPrivateKey(pem);
  const publicKey = createPublicKey(privateKey);
  const keyId = createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex');
  const publicPem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const signBytes = (bytes: Uint8Array) => sign(null, bytes, privateKey).toString('base64');
  return {
    sign: signBytes,
    view: { key_id: keyId, algorithm: 'Ed25519', public_key: publicPem },
    signCheckpoint: (checkpoint) => {
      const signed = { ...checkpoint, key_id: keyId };
      return { ...signed, signature: signBytes(Buffer.from(canonicalize(signed) ?? '')) };
    },
  };
}

function readPrivateKey(pem: string): KeyObject {
  const advice = 'is not an Ed25519 private key in PEM (PKCS#8): create one with `openssl genpkey -algorithm ed25519`.';
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    throw new ConfigError(`KEYFERRY_SIGNING_KEY ${advice}`);
  }
  if (key.asymmetricKeyType !== 'ed25519') throw new ConfigError(`KEYFERRY_SIGNING_KEY ${advice}`);
  return key;
}
