import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { midreg } from './command.ts';

const VALID = `apiVersion: midregistrar.dev/v1
kind: MidRegistrar
metadata: {name: office}
spec:
  domains: [pbx.test]
  upstream:
    endpoints: [{name: pbx, host: 127.0.0.1, port: 5070, transport: UDP}]
  listeners: [{name: udp, transport: UDP, address: 127.0.0.1, port: 5060}]
  registration: {mode: Mirror, insertion: Contact, replyContacts: Complete}
  messaging: {onUnregistered: Reject}
`;
const WRONG = VALID.replace('insertion: Contact', 'insertion: Sometimes').replace(
  'port: 5060',
  'port: 99999',
);

let directory: string;
const file = (name: string): string => join(directory, name);

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'midreg-validate-'));
  writeFileSync(file('valid.yaml'), VALID);
  writeFileSync(file('wrong.yaml'), WRONG);
  writeFileSync(file('huge.yaml'), '#'.repeat((1 << 20) + 1));
});

afterAll(() => rmSync(directory, { recursive: true }));

describe('midreg validate', { timeout: 30_000 }, () => {
  it('says that a valid resource is valid', async () => {
    expect(await midreg(['validate', file('valid.yaml')])).toEqual({
      code: 0,
      out: `${file('valid.yaml')}: valid\n`,
      err: '',
    });
  });

  it('reads standard input where the file is -', async () => {
    expect(await midreg(['validate', '-'], VALID)).toEqual({ code: 0, out: '<stdin>: valid\n', err: '' });
  });

  it('tells every mistake with file, line, column and path, and fails', async () => {
    const { code, out } = await midreg(['validate', file('wrong.yaml'), file('valid.yaml')]);
    const [first, second, third, ...more] = out.trimEnd().split('\n');
    expect(code).toBe(1);
    expect(first).toContain(`${file('wrong.yaml')}:8:`);
    expect(first).toMatch(/listeners.*port.*99999/);
    expect(second).toContain(`${file('wrong.yaml')}:9:`);
    expect(second).toMatch(/registration\.insertion.*Sometimes.*Contact.*Path.*None/);
    expect(third).toBe(`${file('valid.yaml')}: valid`);
    expect(more).toEqual([]);
  });

  it('tells what is wrong in the spec although the kind is misspelt', async () => {
    const { code, out } = await midreg(['validate', '-'], WRONG.replace('MidRegistrar', 'MidRegistar'));
    expect(code).toBe(1);
    expect(out.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/^<stdin>:2:7 kind: .*did you mean MidRegistrar\?$/),
      expect.stringMatching(/^<stdin>:8:.*port/),
      expect.stringMatching(/^<stdin>:9:.*insertion/),
    ]);
  });

  it.each([
    ['missing.yaml', 'there is no such file'],
    ['', 'it is a directory; name the files in it'],
    ['huge.yaml', 'it is larger than 1048576 bytes, so it is no MidRegistrar resource'],
  ])('says of "%s" that %s', async (name, sentence) => {
    const { code, out } = await midreg(['validate', file(name)]);
    expect(out).toBe(`${file(name)}: ${sentence}\n`);
    expect(code).toBe(1);
  });
});

describe('midreg run', { timeout: 30_000 }, () => {
  it('tells the mistakes of a wrong resource and starts nothing', async () => {
    const { code, out, err } = await midreg(['run', file('wrong.yaml')]);
    expect(err).toMatch(/wrong\.yaml:8:.*\n.*wrong\.yaml:9:/);
    expect({ code, out }).toEqual({ code: 1, out: '' });
  });
});
