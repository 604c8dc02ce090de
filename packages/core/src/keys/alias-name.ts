const prefix = 'alias/';

/** As CCKM's requests want an alias: without `alias/`. Source: CCKM contract, section 2.3. */
export function withoutAliasPrefix(alias: string): string {
  return alias.startsWith(prefix) ? alias.slice(prefix.length) : alias;
}

/** As AWS and CCKM's answers name an alias: with `alias/`. */
export function withAliasPrefix(alias: string): string {
  return alias.startsWith(prefix) ? alias : `${prefix}${alias}`;
}
