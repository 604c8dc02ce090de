const prefix = 'alias/';

/** As CCKM's requests want an alias: without `alias/`. Source: CCKM contract, section 2.3. */
export function withoutAliasPrefix(alias: string): string {
  return alias.startsWith(prefix) ? alias.slice(prefix.length) : alias;
}

/** As AWS and CCKM's answers name an alias: with `alias/`. */
export function withAliasPrefix(alias: string): string {
  return alias.startsWith(prefix) ? alias : `${prefix}${alias}`;
}

/**
 * An alias under which CCKM's rotation keeps a key that it has replaced, with the time in it. Nobody asked for it, and a
 * rotation alone takes it away. Source: CCKM contract, section 9, rows 5 and 8.
 */
export function isRotatedAlias(alias: string): boolean {
  return alias.includes('-rotated-');
}

/** The alias by which a key is meant where nothing names another; null: it has none. */
export function mainAlias(aliases: readonly string[]): string | null {
  return aliases.find((alias) => !isRotatedAlias(alias)) ?? aliases[0] ?? null;
}
