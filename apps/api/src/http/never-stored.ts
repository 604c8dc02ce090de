import type { RequestHandler } from 'express';

/** Answers about keys and policies are kept by no browser and no proxy. */
export const neverStored: RequestHandler = (_request, response, next) => {
  response.set('Cache-Control', 'no-store');
  next();
};
