import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import type { Response } from 'express';
import type { Effect } from '../control/faults.ts';

const compressors = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync };

/** From now on this response sends its body compressed, whatever the body is. */
export function compressAnswer(response: Response, { encoding, declared }: NonNullable<Effect['compress']>): void {
  const send = response.send.bind(response);
  response.send = (body: unknown) => {
    response.send = send;
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const type = response.get('Content-Type') ?? 'application/json';
    if (declared) response.set('Content-Encoding', encoding);
    return response.set('Content-Type', type).send(compressors[encoding](text));
  };
}
