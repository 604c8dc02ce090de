import { escapeHtml } from '@keyferry/core';
import type { Log } from '@keyferry/log';
import type { ErrorRequestHandler } from 'express';
import { asProblem } from '../http/problem.ts';

/**
 * Tells a person why a login failed, on a page that needs nothing from elsewhere. Unlike a problem document it does not
 * repeat the address, in which the provider's code stands.
 */
export function loginFailurePage(log: Log): ErrorRequestHandler {
  return (error, _request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const { status, title, message, errors = [], headers } = asProblem(error, log, response);
    const reasons = [message, ...errors.map((one) => `${one.path}: ${one.message}`)];
    response
      .status(status)
      .set(headers)
      .set('Cache-Control', 'no-store')
      .type('html')
      .send(page(title, reasons, response.locals.requestId, status === 404 ? '/' : '/login/oidc'));
  };
}

const page = (title: string, reasons: readonly string[], requestId: string, onward: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeHtml(title)} – Keyferry</title>
<style>body { font: 16px/1.5 system-ui, sans-serif; max-width: 40rem; margin: 4rem auto; padding: 0 1rem; color: #16202c }</style>
</head>
<body>
<h1>${escapeHtml(title)}</h1>
${reasons.map((reason) => `<p>${escapeHtml(reason)}</p>`).join('\n')}
<p><a href="${onward}">Try again</a></p>
<p><small>Request ${escapeHtml(requestId)}</small></p>
</body>
</html>
`;
