import { extname } from 'node:path';
import type { Context } from '../context.ts';
import { CliError, exitCodes } from '../exit-codes.ts';
import { writeStream } from '../write-stream.ts';

/** Saves the evidence pack of a closed drill, or its report alone: with `--html`, or into a file that ends like one. */
export async function reportDrill(
  { client, output }: Context,
  id: string,
  { output: file, html: asked = false }: { output?: string; html?: boolean },
): Promise<number> {
  const ending = extname(file ?? '').toLowerCase();
  if (asked && ending === '.zip') {
    throw new CliError(exitCodes.usage, `--html contradicts the extension .zip of ${file}. Remove one of them.`);
  }
  const html = asked || ending === '.html' || ending === '.htm';
  await writeStream(await client.stream(`GET /v1/drills/{id}/${html ? 'report' : 'evidence'}`, { id }), file);
  if (file !== undefined) {
    const next = html ? '' : ` Verify it: keyferry evidence verify ${file} --key public.pem`;
    output.result({ file }, () => `${html ? 'Report' : 'Evidence pack'} written to ${file}.${next}`);
  }
  return exitCodes.ok;
}
