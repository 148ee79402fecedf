import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../demo/ports.ts';
import { startProxy } from '../../demo/proxy.ts';

const PROGRAM = join(import.meta.dirname, '../../cli/main.ts');

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'midreg-proxy-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

describe('the proxy of the demo', { timeout: 30_000 }, () => {
  it('tells why it is gone when it dies early', async () => {
    const file = join(directory, 'wrong.yaml');
    writeFileSync(file, 'kind: Other\n');
    const admin = { host: '127.0.0.1', port: await freePort('127.0.0.1', new Set()) };
    const proxy = startProxy(file, admin, PROGRAM);
    expect(await proxy.ended).toBe('it ended with exit code 1');
    expect(proxy.said().join('\n')).toContain('wrong.yaml:1:');
    await proxy.stop();
  });
});
