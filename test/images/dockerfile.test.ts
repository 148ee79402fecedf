import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dockerfile } from '../../images/build.ts';
import { finalStage } from '../../images/dockerfile.ts';
import { USER_ID } from '../../images/runtime.ts';

const ROOT = join(import.meta.dirname, '../..');
const stage = finalStage(dockerfile());

describe('the Dockerfile', () => {
  it('takes everything from the build stage, onto nothing', () => {
    expect(stage.copies).toEqual([
      { from: '/rootfs/runtime', to: '/' },
      { from: '/rootfs/program', to: '/' },
    ]);
  });

  it('runs the command as a user who is not root, told by number so that Kubernetes can see it', () => {
    expect(stage.user).toBe(`${USER_ID}:${USER_ID}`);
    expect(stage.entrypoint).toEqual(['/usr/bin/midreg']);
  });

  it("is labelled with the package's version and licence", () => {
    const { version, license } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    expect(stage.labels).toMatchObject({
      'org.opencontainers.image.version': version,
      'org.opencontainers.image.licenses': license,
    });
  });

  it('sees of the checkout only what the image is made from', () => {
    const lines = readFileSync(join(ROOT, '.dockerignore'), 'utf8').split('\n');
    expect(lines.find((line) => line !== '' && !line.startsWith('#'))).toBe('*');
  });
});

describe('the reader of Dockerfiles', () => {
  it('knows the last stage alone, with quotes taken off', () => {
    const text =
      'FROM a AS build\nUSER root\nFROM scratch\nCOPY --from=build /x /\nENV A=b=c\nLABEL t="two words"\nEXPOSE 1/udp 2/tcp\nUSER 7\nENTRYPOINT ["/e", "-f"]\n';
    expect(finalStage(text)).toEqual({
      copies: [{ from: '/x', to: '/' }],
      env: { A: 'b=c' },
      labels: { t: 'two words' },
      ports: ['1/udp', '2/tcp'],
      user: '7',
      workingDirectory: '/',
      entrypoint: ['/e', '-f'],
    });
  });

  it.each([
    ['FROM debian\n', /not FROM scratch/],
    ['FROM scratch\nRUN x\n', /unknown in the last stage: RUN x/],
    ['FROM scratch\nCOPY . /\n', /from the stage `build`/],
    ['FROM scratch\nENV A\n', /NAME=VALUE/],
  ])('refuses what it would leave out of the image: %j', (text, complaint) => {
    expect(() => finalStage(text)).toThrow(complaint);
  });
});
