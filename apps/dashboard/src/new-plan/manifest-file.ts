import type { ManifestFile } from './draft.ts';

/** Longer files are neither shown for editing nor kept with the draft, bytes. */
const longestText = 512 * 1024;

/** A chosen file: its text, if that is short and UTF-8 (else the API says what is wrong with it); null: none was chosen. */
export async function takeFile(file: File | null): Promise<ManifestFile | null> {
  if (file === null) return null;
  const { name } = file;
  if (file.size > longestText) return { name, text: null, file };
  try {
    // With its byte order mark, if it has one: unless it is edited, what is submitted has the SHA-256 of the file.
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await file.arrayBuffer());
    return { name, text, file: null };
  } catch {
    return { name, text: null, file };
  }
}

/** A manifest as it is submitted; null: its file is not here any more. Its name says the format. */
export function rowsOf({ name, text, file }: ManifestFile): { readonly rows: Blob; readonly fileName: string } | null {
  if (file) return { rows: file, fileName: name };
  return text === null ? null : { rows: new Blob([text]), fileName: name };
}
