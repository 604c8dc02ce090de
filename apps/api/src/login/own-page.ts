import type { Request } from 'express';

/**
 * Whether a page of this API's own host sent a request, as its browser tells: by `Sec-Fetch-Site`, or, where it sends none (over
 * plain http, and old ones), by `Origin`. A page can forge neither.
 */
export function isFromOwnPage(request: Request): boolean {
  const site = request.get('sec-fetch-site');
  if (site !== undefined) return site === 'same-origin';
  return request.get('origin') === `${request.protocol}://${request.host}`;
}
