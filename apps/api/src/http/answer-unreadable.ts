import { randomUUID } from 'node:crypto';
import { type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { ProblemDocument } from '@keyferry/core';

const answers: Readonly<Record<string, { status: number; detail: string }>> = {
  HPE_HEADER_OVERFLOW: { status: 431, detail: 'The request line and headers are limited to 16 KiB.' },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: { status: 413, detail: 'The chunk extensions of the body are too large.' },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, detail: 'The request timed out before it was complete. Send it again.' },
};
const unreadable = { status: 400, detail: 'The request is not valid HTTP.' };

/**
 * Answers what is no request that the app could be given with a problem document, and closes its connection: Node alone
 * would answer with a status and nothing else.
 */
export function answerUnreadable(server: Server): void {
  const underWay = new WeakMap<Socket, ServerResponse>();
  server.on('request', ({ socket }, response) => underWay.set(socket, response));
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    // Into an answer that has begun nothing else is written.
    const response = underWay.get(socket);
    const hasBegun = response?.headersSent === true && !response.writableFinished;
    if (socket.writable && !hasBegun) socket.write(asText(answers[error.code ?? ''] ?? unreadable));
    socket.destroy();
  });
}

function asText({ status, detail }: { status: number; detail: string }): string {
  const title = STATUS_CODES[status] ?? '';
  // Which path it asks for is not known.
  const document: ProblemDocument = {
    type: 'about:blank',
    title,
    status,
    detail,
    instance: '',
    request_id: randomUUID(),
  };
  const body = JSON.stringify(document);
  return [
    `HTTP/1.1 ${status} ${title}`,
    'Content-Type: application/problem+json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${document.request_id}`,
    'Connection: close',
    `\r\n${body}`,
  ].join('\r\n');
}
