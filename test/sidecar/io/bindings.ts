import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Binding } from '../../../sidecar/registrar/binding.ts';

/** A binding of a phone as the registrar makes them, with what a test wants otherwise. */
export function binding(aor: string, wish: Partial<Binding> = {}): Binding {
  const user = aor.split('@')[0];
  return {
    aor,
    uri: `sip:${user}@192.0.2.7:5062`,
    contact: `<sip:${user}@192.0.2.7:5062>`,
    token: `token${user}`,
    flow: { transport: 'UDP', listener: 'udp', address: '192.0.2.7', port: 5062, connection: 0 },
    path: [],
    expiresAt: Date.now() + 3_600_000,
    q: 1,
    instance: '',
    regId: 0,
    userAgent: 'phone/1',
    methods: '',
    callId: 'c1',
    cseq: 1,
    acceptedAt: Date.now(),
    upstream: 'pbx',
    foreign: false,
    ...wish,
  };
}

/** A directory that `remove` takes away again. */
export function temporaryDir(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'midreg-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
