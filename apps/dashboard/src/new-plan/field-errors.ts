import type { InputError } from '@keyferry/core';

/** Why a field may not stay as it is: what is wrong at it or within it; nothing while there is nothing. */
export type ErrorAt = (path: string) => string | undefined;

/** Looks errors up by the path of a field. */
export function errorAt(errors: readonly InputError[]): ErrorAt {
  return (path) => {
    const within = errors.filter(
      (error) => error.path === path || (/^[.[]/.test(error.path.slice(path.length)) && error.path.startsWith(path)),
    );
    const [first] = within;
    if (first === undefined) return undefined;
    return within.length === 1 ? first.message : `${first.message} And ${within.length - 1} more.`;
  };
}
