import { describe, expect, it } from 'vitest';
import { formatProblem } from '../../../sidecar/config.ts';
import { accepted, problemsOf, resourceText } from './resource-text.ts';

const lines = (text: string): string[] => problemsOf(text).map(formatProblem);
const SOUND = resourceText();

describe('the text of a resource', () => {
  it.each([
    ['one document', SOUND],
    ['one document between marks and comments', `# a\n---\n# b\n---\n${SOUND}---\n# c\n`],
    ['CRLF line ends and a byte order mark', `\ufeff${SOUND.replaceAll('\n', '\r\n')}`],
    [
      'JSON',
      '{"apiVersion":"midregistrar.dev/v1","kind":"MidRegistrar","metadata":{"name":"a"},"spec":{"domains":["b"],"upstream":{"endpoints":[{"name":"c","host":"d"}]}}}',
    ],
    ['an anchor and its alias', resourceText({ upstream: '{endpoints: [{name: &a pbx, host: *a}]}' })],
  ])('may be %s', (_, text) => expect(accepted(text).domains.size).toBe(1));

  it.each([
    ['empty', '', '1:1 found an empty file, allowed one MidRegistrar resource'],
    ['only comments', '# a\n---\n# b\n', '1:1 found an empty file, allowed one MidRegistrar resource'],
    ['a list', '- a\n', '1:1 found a list of 1, allowed a map of apiVersion, kind, metadata, spec'],
    ['indented by tabs', SOUND.replace('  domains', '\tdomains'), '5:1 Tabs are not allowed as indentation'],
    [
      'cut off',
      SOUND.replace('[pbx.test]', '[pbx.test'),
      '6:3 Flow sequence in block collection must be sufficiently indented and end with a ]',
    ],
    [
      'with an unknown tag',
      SOUND.replace('[pbx.test]', '!secret [pbx.test]'),
      '5:12 Unresolved tag: !secret',
    ],
    [
      'with an alias of nothing',
      SOUND.replace('[pbx.test]', '*nothing'),
      '5:12 the alias *nothing has no anchor before it',
    ],
    ['with a map as a name', `? {a: b}\n: c\n${SOUND}`, "1:3 a field's name is to be plain text"],
    [
      'with a field twice',
      SOUND.replace('  upstream', '  domains: [b.test]\n  upstream'),
      '6:3 spec.domains: the field stands here a second time',
    ],
    [
      'with a second document',
      `${SOUND}---\nkind: Secret\n`,
      '7:1 found another document, allowed one MidRegistrar resource a file; give each its own file',
    ],
    ['nested too deeply', '['.repeat(10_000), '1:'],
    ['a circle', '&a {b: *a}', '1:8 the file holds too many values, or too deeply nested ones'],
    ['too long', '#'.repeat((1 << 20) + 1), '1:1 the file is larger than 1048576 characters'],
  ])('is refused where it is %s', (_, text, line) => {
    expect(lines(text)[0]?.slice(0, 200)).toContain(`office.yaml:${line}`);
  });

  it('is not expanded without a bound', () => {
    const bomb = Array.from(
      { length: 12 },
      (_, i) =>
        `a${i}: &a${i} [${
          i === 0
            ? 'x'
            : Array(9)
                .fill(`*a${i - 1}`)
                .join()
        }]`,
    );
    expect(lines(bomb.join('\n'))).toEqual([
      'office.yaml:1:10 the file holds too many values, or too deeply nested ones',
    ]);
  });

  it('has the mistakes of a field told beside the field that stands twice', () => {
    expect(lines(resourceText({ store: '{type: Disk, type: Memory}' }))).toEqual([
      'office.yaml:7:17 spec.store.type: found "Disk" (string), allowed one of Durable, Memory',
      'office.yaml:7:23 spec.store.type: the field stands here a second time',
    ]);
  });

  it('has at most a hundred mistakes told', () => {
    const wrong = Array.from({ length: 500 }, (_, i) => `  x${i}: 1\n`).join('');
    expect(lines(SOUND + wrong)).toHaveLength(100);
  });
});
