import type { CommandUnknownOpts, Option } from '@commander-js/extra-typings';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/** What the script answers where a file is to be named: the shell knows them. */
const files = ':files';

interface Place {
  /** `/plan/list`; empty for `keyferry` itself. */
  readonly path: string;
  readonly words: readonly string[];
  /** What an option takes next. */
  readonly values: readonly { readonly flag: string; readonly words: readonly string[] }[];
}

/** A script that completes commands, options, their values and file names. Made of the commands themselves: it asks nobody. */
export function completionScript(root: CommandUnknownOpts, shell: Shell): string {
  const places = placesOf(root, root.options, '');
  if (shell === 'fish') return fishScript(places);
  return `${posixWords(places)}\n${shell === 'bash' ? bash : zsh}`;
}

function placesOf(command: CommandUnknownOpts, inherited: readonly Option[], path: string): Place[] {
  const options = [...command.options, ...inherited].filter(
    (one, at, all) => !one.hidden && all.findIndex(({ long }) => long === one.long) === at,
  );
  const flags = options.flatMap(({ short, long }) => [short, long].filter((flag) => flag !== undefined));
  const place: Place = {
    path,
    words: [...command.commands.map((child) => child.name()), ...flags, '--help'],
    values: options.filter(({ required, optional }) => required || optional).flatMap(valuesOf),
  };
  return [place, ...command.commands.flatMap((child) => placesOf(child, inherited, `${path}/${child.name()}`))];
}

function valuesOf({ short, long, flags, argChoices }: Option): Place['values'] {
  const words = argChoices ?? (/<files?(\.\.\.)?>/.test(flags) ? [files] : []);
  return [short, long].filter((flag) => flag !== undefined).map((flag) => ({ flag, words }));
}

const quoted = (text: string): string => `'${text}'`;
const paths = (places: readonly Place[]): string[] =>
  places.filter(({ path }) => path !== '').map(({ path }) => quoted(path));
const valueCases = (places: readonly Place[]) =>
  places.flatMap(({ path, values }) => values.map(({ flag, words }) => ({ at: quoted(`${path} ${flag}`), words })));
const listed = (words: readonly string[]): string =>
  words.length === 0 ? 'return' : `printf '%s\\n' ${words.map(quoted).join(' ')}`;

/** For bash and zsh alike; `path` and `words` have a meaning of their own in zsh. */
function posixWords(places: readonly Place[]): string {
  return `_keyferry_words() {
  local at= before= word
  for word in "$@"; do
    before=$word
    case "$at/$word" in
      ${paths(places).join('|')}) at="$at/$word" ;;
    esac
  done
  case "$at $before" in
${valueCases(places)
  .map(({ at, words }) => `    ${at}) ${listed(words)}; return ;;`)
  .join('\n')}
  esac
  case "$at" in
${places.map(({ path, words }) => `    ${quoted(path)}) ${listed(words)} ;;`).join('\n')}
  esac
}`;
}

const bash = `_keyferry() {
  local current=\${COMP_WORDS[COMP_CWORD]} found
  found=$(_keyferry_words "\${COMP_WORDS[@]:1:COMP_CWORD-1}")
  if [ "$found" = ${files} ]; then
    compopt -o filenames 2>/dev/null
    COMPREPLY=($(compgen -f -- "$current"))
  else
    COMPREPLY=($(compgen -W "$found" -- "$current"))
  fi
}
complete -F _keyferry keyferry`;

const zsh = `_keyferry() {
  local found
  found=$(_keyferry_words "\${(@)words[2,CURRENT-1]}")
  if [[ $found == ${files} ]]; then
    _files
  else
    compadd -- \${(f)found}
  fi
}
compdef _keyferry keyferry`;

function fishScript(places: readonly Place[]): string {
  return `function __keyferry_words
  set -l at ''
  set -l before ''
  for word in (commandline -opc)[2..-1]
    set before $word
    switch "$at/$word"
      case ${paths(places).join(' ')}
        set at "$at/$word"
    end
  end
  switch "$at $before"
${valueCases(places)
  .map(
    ({ at, words }) =>
      `    case ${at}\n      ${words[0] === files ? '__fish_complete_path (commandline -ct)' : listed(words)}\n      return`,
  )
  .join('\n')}
  end
  switch "$at"
${places.map(({ path, words }) => `    case ${quoted(path)}\n      ${listed(words)}`).join('\n')}
  end
end
complete -c keyferry -f -a '(__keyferry_words)'`;
}
