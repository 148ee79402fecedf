import { open } from 'node:fs/promises';
import type { SidecarConfig } from '../sidecar/config.ts';

const MAX_BYTES = 1 << 20;

/** A resource that was read, or the lines that tell what is wrong with it. */
export type ResourceFile =
  | { readonly ok: true; readonly text: string; readonly config: SidecarConfig }
  | { readonly ok: false; readonly mistakes: readonly string[] };

const FAULTS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EACCES: 'it may not be read (permission denied)',
  EISDIR: 'it is a directory; name the files in it',
};

const faultOf = (error: NodeJS.ErrnoException): string =>
  FAULTS[error.code ?? ''] ?? `it cannot be read: ${error.message}`;

/** All of a stream as text; undefined if it is longer than a resource may be. */
async function textOf(stream: AsyncIterable<Buffer>): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream) {
    length += chunk.length;
    if (length > MAX_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

async function textOfFile(file: string): Promise<string | undefined> {
  const handle = await open(file);
  try {
    return await textOf(handle.createReadStream({ autoClose: false }));
  } finally {
    await handle.close();
  }
}

/** Reads and checks the resource in `file`; `-` is standard input. The mistakes name the file and, where they can, line and column. */
export async function readResourceFile(file: string): Promise<ResourceFile> {
  const name = file === '-' ? '<stdin>' : file;
  try {
    const text = await (file === '-' ? textOf(process.stdin) : textOfFile(file));
    if (text === undefined)
      return {
        ok: false,
        mistakes: [`${name}: it is larger than ${MAX_BYTES} bytes, so it is no MidRegistrar resource`],
      };
    // Loaded here so that the commands that read no resource need not wait for the validator.
    const { formatProblem, readResource } = await import('../sidecar/config.ts');
    const read = readResource(text, name);
    if ('config' in read) return { ok: true, text, config: read.config };
    return { ok: false, mistakes: read.problems.map(formatProblem) };
  } catch (error) {
    return { ok: false, mistakes: [`${name}: ${faultOf(error as NodeJS.ErrnoException)}`] };
  }
}
