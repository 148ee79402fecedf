import { describe, expect, it } from 'vitest';
import { Header, headerId } from '../../../sidecar/wire/header.ts';

const idOf = (name: string) => headerId(`\n${name}: x`, 1, 1 + name.length);

describe('the id of a header name', () => {
  it.each([
    ['Via', Header.Via],
    ['CALL-ID', Header.CallId],
    ['cSEQ', Header.CSeq],
    ['www-authenticate', Header.WwwAuthenticate],
    ['P-Preferred-Identity', Header.PPreferredIdentity],
    ['m', Header.Contact],
    ['K', Header.Supported],
    ['Contact', Header.Contact],
    ['Content-Encoding', Header.ContentEncoding],
  ])('of %s is known in any case', (name, id) => {
    expect(idOf(name)).toBe(id);
  });

  it.each(['', 'Vi', 'Viaa', 'X-Via', 'z', 'Call\rID', 'Call ID', `${'a'.repeat(40)}`, 'vi\u0041\u0301'])(
    'of %j is Other',
    (name) => {
      expect(idOf(name)).toBe(Header.Other);
    },
  );
});
