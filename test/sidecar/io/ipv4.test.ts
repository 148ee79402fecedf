import { isIPv4 } from 'node:net';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ipv4Number, ipv4Text } from '../../../sidecar/io/ipv4.ts';

it('reads what it writes', () => {
  fc.assert(
    fc.property(fc.ipV4(), (text) => {
      expect(ipv4Text(ipv4Number(text) as number)).toBe(text);
    }),
  );
  expect(ipv4Number('255.255.255.255')).toBe(2 ** 32 - 1);
  expect(ipv4Number('1.2.3.4')).toBe(0x01020304);
});

it('reads nothing else', () => {
  for (const text of [
    '',
    '1',
    '1.2.3',
    '1.2.3.',
    '.1.2.3',
    '1..2.3',
    '1.2.3.4.5',
    '1.2.3.256',
    '1.2.3.4 ',
    '::1',
    'a',
  ])
    expect(ipv4Number(text)).toBeUndefined();
  const almost = fc.string({ unit: fc.constantFrom('0', '1', '2', '5', '9', '.'), maxLength: 16 });
  fc.assert(
    fc.property(almost, (text) => {
      if (isIPv4(text)) expect(ipv4Number(text)).toBeDefined();
    }),
  );
});
