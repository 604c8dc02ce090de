import { constants } from 'node:zlib';
import compression from 'compression';
import type { RequestHandler } from 'express';

/**
 * Compresses what is read and is more than a KiB, by gzip or Brotli as the caller accepts. Never the answer to a command:
 * a token or a webhook's secret is shown once, by a POST, and next to a secret what compresses well can be guessed. And no
 * event stream: its messages would be held back.
 */
export function compressAnswers(): RequestHandler {
  return compression({
    // Of gzip, half the CPU of the usual level for a tenth more bytes; of Brotli, less than half for at most a tenth.
    level: 3,
    // A window of 256 KiB: each answer takes memory of that size, not of 4 MiB, which the garbage collector counts.
    brotli: { params: { [constants.BROTLI_PARAM_QUALITY]: 1, [constants.BROTLI_PARAM_LGWIN]: 18 } },
    filter: (request, response) => {
      const isRead = request.method === 'GET' || request.method === 'HEAD';
      const isStream = String(response.getHeader('Content-Type')).startsWith('text/event-stream');
      return isRead && !isStream && compression.filter(request, response);
    },
  });
}
