import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { Busboy, type BusboyHeaders, type BusboyInstance } from '@fastify/busboy';
import { Problem } from '../http/problem.ts';

/** The spec of a plan is no larger than a JSON body may be. */
const maxSpecBytes = 32 * 1024 * 1024;

/** What a part of a form says of itself. */
export interface PartInfo {
  readonly fileName: string;
  readonly contentType: string;
}

/** The bytes of a stream as they arrive. Who stops reading does not destroy it: the rest must still be taken off the wire. */
export function bytesOf(stream: Readable): AsyncIterable<Uint8Array> {
  return stream.iterator({ destroyOnReturn: false });
}

/**
 * Reads a form with a part `spec` (JSON) and one other, the manifest, in any order: the manifest is passed on as it
 * arrives. Answers the spec's text (null: there is no such part) and what became of the manifest (null likewise). Throws
 * the 400 where the body is no such form.
 */
export async function readMultipart<T>(
  request: IncomingMessage,
  onManifest: (bytes: AsyncIterable<Uint8Array>, info: PartInfo) => Promise<T>,
): Promise<{ spec: string | null; manifest: T | null }> {
  let spec: Promise<string> | null = null;
  let manifest: Promise<T> | null = null;
  let twice: Problem | null = null;
  const parts: Readable[] = [];
  const form = openForm(request);
  form.on('file', (name, part, fileName, _encoding, contentType) => {
    parts.push(part);
    part.on('error', () => undefined);
    if (name === 'spec' ? spec : manifest) {
      twice = unreadable(`There is more than one part ${name === 'spec' ? '"spec"' : 'for the manifest'}.`);
      part.resume();
      return;
    }
    if (name === 'spec') spec = readText(part);
    else manifest = onManifest(bytesOf(part), { fileName: fileName ?? '', contentType });
    // What they leave unread is thrown away, so that the form comes to its end and the caller reads the answer.
    for (const reading of [spec, manifest]) reading?.catch(() => part.resume());
  });
  try {
    await ended(request, form);
  } catch (error) {
    for (const part of parts) part.destroy(error as Error);
    await Promise.allSettled([spec, manifest]);
    throw error;
  }
  if (twice) {
    await Promise.allSettled([spec, manifest]);
    throw twice;
  }
  return { spec: await spec, manifest: await manifest };
}

/** Feeds the form to its end; rejects with the 400 where it is none, and when the caller goes away. */
function ended(request: IncomingMessage, form: BusboyInstance): Promise<void> {
  return new Promise((resolve, reject) => {
    form.once('finish', () => resolve());
    // It may complain more than once.
    form.on('error', () => {
      request.unpipe(form);
      reject(unreadable('The body is not a complete multipart form.'));
    });
    request.once('error', reject);
    request.pipe(form);
  });
}

function openForm(request: IncomingMessage): BusboyInstance {
  try {
    return new Busboy({
      headers: request.headers as BusboyHeaders,
      isPartAFile: () => true,
      limits: { parts: 10, headerPairs: 20, headerSize: 16 * 1024 },
    });
  } catch {
    throw unreadable('The Content-Type has no boundary. Let your HTTP client set it.');
  }
}

async function readText(part: Readable): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of bytesOf(part)) {
    size += chunk.length;
    if (size > maxSpecBytes) throw new Problem(413, 'Too large', 'The part "spec" is limited to 32 MiB.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function unreadable(message: string): Problem {
  return new Problem(400, 'Unreadable', `${message} Send a part "spec" with JSON, and the manifest as another.`);
}
