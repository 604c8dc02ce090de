import { generateKeyPairSync, sign } from 'node:crypto';
import type { PackSigner } from '../../../packages/evidence/src/pack/write-pack.ts';
import { sha256 } from '../../../packages/evidence/src/sha256.ts';

/** A new key that signs packs, for tests. */
export function newSigner(): PackSigner {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return {
    view: {
      key_id: sha256(publicKey.export({ type: 'spki', format: 'der' })),
      public_key: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    },
    sign: (bytes) => sign(null, bytes, privateKey).toString('base64'),
  };
}
