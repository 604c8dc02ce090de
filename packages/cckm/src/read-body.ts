import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, inflateRaw, zstdDecompress } from 'node:zlib';
import { textOfBytes } from '@keyferry/core';
import type { Dispatcher } from 'undici';

/** Bytes of an answer that are read at most, as sent and as decompressed: no page of keys comes near. */
export const longestAnswer = 64 * 1024 * 1024;

/** An answer longer than `longestAnswer`; its connection is closed, the rest stays unread. */
export class AnswerTooLong extends Error {
  override readonly name = 'AnswerTooLong';
}

type Decoder = (bytes: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>;

const decoders: Readonly<Record<string, readonly Decoder[]>> = {
  gzip: [promisify(gunzip)],
  'x-gzip': [promisify(gunzip)],
  // Servers disagree whether it stands for zlib's format or for its bare stream.
  deflate: [promisify(inflate), promisify(inflateRaw)],
  br: [promisify(brotliDecompress)],
  zstd: [promisify(zstdDecompress)],
};

/** How compressed data begins; a proxy may send it without saying so. */
const beginnings: readonly { readonly encoding: string; readonly bytes: readonly number[] }[] = [
  { encoding: 'gzip', bytes: [0x1f, 0x8b, 0x08] },
  { encoding: 'zstd', bytes: [0x28, 0xb5, 0x2f, 0xfd] },
  { encoding: 'deflate', bytes: [0x78, 0x9c] },
  { encoding: 'deflate', bytes: [0x78, 0xda] },
];

/**
 * The body of an answer as text, decompressed where it is compressed (gzip, deflate, br, zstd), declared or not. Bytes that
 * are no text become a readable placeholder. Throws AnswerTooLong by the bytes that arrive, whatever `content-length` says,
 * and what reading from the connection failed with.
 */
export async function readBody({ headers, body }: Dispatcher.ResponseData): Promise<string> {
  if (Number(headers['content-length'] ?? 0) > longestAnswer) {
    body.on('error', () => undefined).destroy();
    throw new AnswerTooLong();
  }
  const declared = [headers['content-encoding'] ?? []].flat().join(',').toLowerCase().split(',');
  let bytes = await readBytes(body);
  for (const encoding of declared.map((name) => name.trim()).reverse()) bytes = await decode(bytes, encoding);
  const hidden = beginnings.find((one) => one.bytes.every((byte, at) => bytes[at] === byte));
  if (hidden) bytes = await decode(bytes, hidden.encoding);
  return textOfBytes(bytes);
}

async function readBytes(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > longestAnswer) throw new AnswerTooLong();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The bytes as they are where they are not what their encoding says, or where the encoding is unknown. */
async function decode(bytes: Buffer, encoding: string): Promise<Buffer> {
  for (const decoder of decoders[encoding] ?? []) {
    try {
      return await decoder(bytes, { maxOutputLength: longestAnswer });
    } catch (error) {
      if ((error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE') throw new AnswerTooLong();
    }
  }
  return bytes;
}
