import type { Context } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { writeStream } from '../write-stream.ts';

/** Saves the evidence pack of a closed drill, or its report alone. */
export async function reportDrill(
  { client, output }: Context,
  id: string,
  { output: file, html = false }: { output?: string; html?: boolean },
): Promise<number> {
  await writeStream(await client.stream(`GET /v1/drills/{id}/${html ? 'report' : 'evidence'}`, { id }), file);
  if (file !== undefined) {
    const next = html ? '' : ` Verify it: keyferry evidence verify ${file} --key public.pem`;
    output.result({ file }, () => `${html ? 'Report' : 'Evidence pack'} written to ${file}.${next}`);
  }
  return exitCodes.ok;
}
