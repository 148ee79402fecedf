import { expect, it } from 'vitest';
import { methodAt } from '../../../sidecar/wire/method.ts';

it.each([
  ['INVITE', 'INVITE'],
  ['INVITED', 'INVITED'],
  ['INVIT', 'INVIT'],
  ['invite', 'invite'],
  ['X-a.b%', 'X-a.b%'],
  ['', undefined],
  ['IN VITE', undefined],
  ['INV@TE', undefined],
])('the method in %j is %j: a token, case-sensitive (§7.1)', (text, method) => {
  expect(methodAt(`>${text}<`, 1, 1 + text.length)).toBe(method);
});
