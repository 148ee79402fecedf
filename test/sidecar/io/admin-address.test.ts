import { expect, it } from 'vitest';
import { parseHostPort } from '../../../sidecar/io/admin-address.ts';

it.each([
  ['127.0.0.1:8080', { host: '127.0.0.1', port: 8080 }],
  ['[::1]:8080', { host: '::1', port: 8080 }],
  ['localhost:0', { host: 'localhost', port: 0 }],
  ['8080', undefined],
  [':8080', undefined],
  ['::1:8080', undefined],
  ['[nonsense]:1', undefined],
  ['127.0.0.1:65536', undefined],
  ['127.0.0.1:', undefined],
])('reads %s as %o', (text, expected) => {
  expect(parseHostPort(text)).toEqual(expected);
});
