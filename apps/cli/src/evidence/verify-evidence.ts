import { readFile } from 'node:fs/promises';
import { BrokenPack, type VerifiedPack, verifyPack } from '@keyferry/evidence';
import { exitCodes } from '../exit-codes.ts';
import { type Output, pc } from '../output.ts';
import { readKeyFiles, unreadable } from '../read-public-keys.ts';

/** Exit code 0: the pack is as Keyferry wrote it; 1: it is not, and the first thing that is wrong is named. */
export async function verifyEvidence(
  output: Output,
  file: string,
  { key = [], allowUnsigned = false }: { key?: readonly string[]; allowUnsigned?: boolean },
): Promise<number> {
  const keys = await readKeyFiles(key);
  const bytes = await readFile(file).catch((error) => unreadable(file, error));
  try {
    const verified = verifyPack(bytes, { keys, allowUnsigned });
    output.result({ ok: true, ...verified }, () => summary(verified));
    return exitCodes.ok;
  } catch (error) {
    if (!(error instanceof BrokenPack)) throw error;
    const { where, message } = error;
    output.result({ ok: false, where, broken: message }, () => `${pc.red('Broken.')} ${message}`);
    return exitCodes.internal;
  }
}

function summary({ drill, key_id: id, key_given: given, ...pack }: VerifiedPack): string {
  const signature =
    id === null
      ? pc.yellow('Not signed: the origin of this pack is not proven.')
      : given
        ? `Signed with the given key, ${id}.`
        : `${pc.yellow('The signature was checked only against the key inside the pack')}, ${id}.\nCompare this id with \`keyferry audit key\` or with an id from another source, or pass the key with --key.`;
  return [
    `${pc.green('Unchanged.')} ${drill.name}, drill ${drill.id}: ${drill.state.replaceAll('_', ' ')}.`,
    `${pack.files} files, ${pack.items} key-Region pairs, ${pack.audit_entries} audit entries; created at ${pack.generated_at}.`,
    signature,
    ...(pack.rendered_exactly
      ? []
      : [
          pc.yellow(
            'Written by an earlier Keyferry: of its report and CSV files only the figures were compared with its JSON, not the text.',
          ),
        ]),
    ...(pack.runbook_exact
      ? []
      : [
          'runbook.json has redacted values: its SHA-256 cannot be compared with the approved one from the pack alone.',
        ]),
  ].join('\n');
}
