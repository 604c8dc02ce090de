import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';

/** Where a certificate with its chain and its private key stand. */
export interface KeyPairFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

/** A certificate with its chain, and its private key, both PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
  readonly expires: Date;
}

/** Reads a pair that TLS can be spoken with. Throws an error that says which file is wrong and how; never quotes a file. */
export function readKeyPair({ certFile, keyFile }: KeyPairFiles): KeyPair {
  const [cert, key] = [readText(certFile), readText(keyFile)];
  const certificate = orElse(`${certFile} has no certificate in PEM.`, () => new X509Certificate(cert));
  const privateKey = orElse(`${keyFile} has no private key in PEM, or one with a passphrase.`, () =>
    createPrivateKey(key),
  );
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new Error(
      `the key in ${keyFile} does not belong to the first certificate in ${certFile}; the server certificate must come before its chain.`,
    );
  }
  orElse(`the certificate in ${certFile} cannot be used: its chain is not PEM, or its key is too weak.`, () =>
    createSecureContext({ cert, key }),
  );
  return { cert, key, expires: certificate.validToDate };
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new Error(`cannot read ${path} (${(error as NodeJS.ErrnoException).code ?? 'unknown error'}).`);
  }
}

function orElse<T>(message: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new Error(message, { cause: error });
  }
}
