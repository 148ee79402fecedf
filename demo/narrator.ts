import type { PbxEvent } from './pbx.ts';

/** A line of the proxy's log as a person reads it; a line that is none stays as it is. */
export function narrateLog(line: string): string {
  const entry = readEntry(line);
  if (entry === undefined) return line;
  const { msg, aor, contact, method, status, expiresInSeconds, source, reason } = entry;
  const details = [
    aor,
    contact,
    method === 'REGISTER' ? undefined : method,
    status,
    source === undefined ? undefined : `from ${source}`,
    expiresInSeconds === undefined || msg !== 'binding added' ? undefined : `for ${expiresInSeconds} s`,
    reason,
  ];
  return `proxy: ${[msg, ...details].filter((detail) => detail !== undefined).join(' ')}`;
}

/** What the PBX did, where a visitor can learn from it; undefined else. */
export function narratePbx(event: PbxEvent): string | undefined {
  if (event.kind === 'refused')
    return `PBX: refused ${event.method} from ${event.from}: ${event.status} ${event.reason}`;
  if (event.kind === 'forwarded' && event.method === 'INVITE') return `PBX: call goes to ${event.to}`;
  return undefined;
}

function readEntry(line: string): Record<string, string | number | undefined> | undefined {
  try {
    const entry = JSON.parse(line);
    return typeof entry?.msg === 'string' ? entry : undefined;
  } catch {
    return undefined;
  }
}
