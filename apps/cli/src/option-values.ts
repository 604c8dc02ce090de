import { InvalidArgumentError, Option } from '@commander-js/extra-typings';
import { accountSchema, checkInput, errorCatalogue, regionSchema } from '@keyferry/core';
import { spanMs } from './time-span.ts';

/** The parsers of option values. Commander puts the option and its value before the message, and ends with 64. */

/** How many of a list, in one page of the API. */
export const pageSize = (text: string) => wholeNumber(text, 1000);
/** How many entries of the audit log, or the number of one. */
export const entries = (text: string) => wholeNumber(text);

function wholeNumber(text: string, max?: number): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : 0;
  if (value >= 1 && (max === undefined || value <= max)) return value;
  throw new InvalidArgumentError(`Expected a whole number, 1 ${max === undefined ? 'or more' : `to ${max}`}.`);
}

export function address(text: string): string {
  if (/^https?:$/.test(URL.parse(text)?.protocol ?? '')) return text;
  throw new InvalidArgumentError('Expected an address such as https://keyferry.example.com.');
}

/** A span as `36h`, in milliseconds. */
export function age(text: string): number {
  const ms = spanMs(text);
  if (ms === null) throw new InvalidArgumentError('Expected a duration such as 36h, 7d or 2w.');
  return ms;
}

/** A time from now, or a date; answers RFC 3339 in UTC. */
export function timeToCome(text: string): string {
  const span = spanMs(text);
  const time = span === null ? Date.parse(text) : Date.now() + span;
  if (!Number.isNaN(time)) return new Date(time).toISOString();
  throw new InvalidArgumentError('Expected a duration (12h, 90d, 26w) or a date.');
}

export const region = (text: string) => checked(regionSchema, text);
export const account = (text: string) => checked(accountSchema, text);

/** For options that are given several times, or with several values. */
export const regions = (text: string, before: string[] = []) => [...before, region(text)];
export const accounts = (text: string, before: string[] = []) => [...before, account(text)];

function checked(schema: typeof regionSchema, text: string): string {
  const result = checkInput(schema, text);
  if ('data' in result) return result.data;
  throw new InvalidArgumentError(result.errors.map(({ message }) => message).join(' '));
}

export function errorCode(text: string): string {
  if (Object.hasOwn(errorCatalogue, text)) return text;
  throw new InvalidArgumentError(`Known: ${Object.keys(errorCatalogue).join(', ')}.`);
}

function seconds(text: string): number {
  if (/^\d{1,7}(\.\d+)?$/.test(text) && Number(text) <= 1_000_000) return Number(text);
  throw new InvalidArgumentError('Give seconds, 0 to 1000000.');
}

/** How long a command that follows something waits for an API that is away; timers take no more than 24 days. */
export const patience = () =>
  new Option('--patience <seconds>', 'how long to wait for an API that does not answer').default(60).argParser(seconds);
