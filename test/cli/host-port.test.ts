import { describe, expect, it } from 'vitest';
import { formatHostPort, parseHostPort } from '../../cli/host-port.ts';

describe('HOST:PORT', () => {
  it.each([
    ['127.0.0.1:8080', { host: '127.0.0.1', port: 8080 }],
    ['localhost:0', { host: 'localhost', port: 0 }],
    ['[::1]:65535', { host: '::1', port: 65535 }],
  ])('%s is read, and written the same', (text, address) => {
    expect(parseHostPort(text)).toEqual(address);
    expect(formatHostPort(address)).toBe(text);
  });

  it.each([
    '',
    '8080',
    ':8080',
    '127.0.0.1',
    '127.0.0.1:',
    '127.0.0.1:65536',
    '::1:8080',
    'http://a:1',
    'a b:1',
  ])('"%s" is not one', (text) => {
    expect(parseHostPort(text)).toBeUndefined();
  });
});
