import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { midreg } from './command.ts';

const manifest = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'));

describe('midreg', { timeout: 30_000 }, () => {
  it('tells the package’s version', async () => {
    expect(await midreg(['--version'])).toEqual({ code: 0, out: `${manifest.version}\n`, err: '' });
  });

  it.each([[], ['run'], ['demo'], ['validate'], ['bindings'], ['status']])(
    'helps with examples and exit codes: %s --help',
    async (...command) => {
      const { code, out } = await midreg([...command, '--help']);
      expect(code).toBe(0);
      expect(out).toMatch(/^Usage: midreg/);
      expect(out).toContain('Examples:');
      expect(out).toContain('Exit codes:');
    },
  );

  it.each([
    [['walk'], "unknown command 'walk'"],
    [['run'], "missing required argument 'file'"],
    [['run', 'a.yaml', 'b.yaml'], 'too many arguments'],
    [['run', 'a.yaml', '--admin', '8080'], 'It is to be HOST:PORT'],
    [['run', 'a.yaml', '--dns', 'dns.example'], 'It is to be an IP address'],
    [['run', 'a.yaml', '--dns', '127.0.0.1:0'], 'It is to be an IP address'],
    [['run', 'a.yaml', '--log-level', 'loud'], 'Allowed choices are trace, debug'],
    [['run', '-'], 'run watches FILE for changes'],
    [['validate'], "missing required argument 'file'"],
    [['bindings', '--wait'], "unknown option '--wait'"],
  ])('refuses the command line %j with exit code 2 and a sentence', async (args, sentence) => {
    const { code, out, err } = await midreg(args);
    expect(err).toContain(sentence);
    expect({ code, out }).toEqual({ code: 2, out: '' });
  });

  it('shows its help and fails when it is given nothing to do', async () => {
    const { code, err } = await midreg([]);
    expect(err).toMatch(/^Usage: midreg/);
    expect(code).toBe(2);
  });
});
