import { describe, expect, it } from 'vitest';
import { insertOurs } from '../../../sidecar/registrar/contact.ts';
import { Header } from '../../../sidecar/wire/header.ts';
import { rewrite } from '../../../sidecar/wire/rewrite.ts';
import { read } from '../../support/sip-text.ts';
import { intentOf, ours, policyWith, registerOf, tokens } from './support.ts';

function sentUp(
  headers: string[],
  insertion: 'Contact' | 'Path' | 'None' = 'Contact',
  at: Parameters<typeof insertOurs>[3] = ours,
) {
  const request = registerOf(headers);
  const { top, edits } = insertOurs(request, intentOf(request), policyWith({ insertion }), at, tokens);
  return {
    request,
    up: read(rewrite(request, undefined, top, edits)),
  };
}

describe('insertion Contact', () => {
  it('shows the PBX a contact at us, with the phone’s display name and parameters', () => {
    const { up } = sentUp([
      'Contact: "Desk" <sip:u1@192.0.2.7:5062;ob>;q=0.7;+sip.instance="<urn:uuid:1>";reg-id=1;methods="INVITE"',
    ]);
    expect(up.value(Header.Contact)).toMatch(
      /^"Desk" <sip:b[0-9a-f]{32}@203\.0\.113\.5:5060>;q=0\.7;\+sip\.instance="<urn:uuid:1>";reg-id=1;methods="INVITE"$/,
    );
  });

  it('has a valid URI also for a contact without a user', () => {
    expect(sentUp(['Contact: <sip:192.0.2.7:5062>']).up.value(Header.Contact)).toMatch(
      /^<sip:b[0-9a-f]{32}@/,
    );
  });

  it('names the transport by which the PBX reaches us, and brackets an IPv6 address', () => {
    const at = { host: '2001:db8::5', port: 5070, transport: 'TCP' } as const;
    expect(sentUp(['Contact: <sip:u1@192.0.2.7>'], 'Contact', at).up.value(Header.Contact)).toMatch(
      /^<sip:b[0-9a-f]{32}@\[2001:db8::5\]:5070;transport=tcp>$/,
    );
  });

  it('keeps the order of several contacts on several lines, and the expiry of each', () => {
    const { up } = sentUp([
      'Contact: <sip:u1@192.0.2.7>;expires=1, <sip:u1@192.0.2.8>;expires=2',
      'Contact: <sip:u1@192.0.2.9>;expires=3',
    ]);
    const [two = '', one = ''] = up.values(Header.Contact);
    expect(two).toMatch(/^<sip:b\w+@[^>]+>;expires=1, <sip:b\w+@[^>]+>;expires=2$/);
    expect(one).toMatch(/^<sip:b\w+@[^>]+>;expires=3$/);
  });

  it('leaves a star, a query and a contact of another scheme as they are', () => {
    expect(sentUp(['Contact: *', 'Expires: 0']).up.value(Header.Contact)).toBe('*');
    expect(sentUp([]).up.has(Header.Contact)).toBe(false);
    expect(sentUp(['Contact: <mailto:a@b>, <sip:u1@192.0.2.7>']).up.value(Header.Contact)).toMatch(
      /^<mailto:a@b>, <sip:b[0-9a-f]{32}@/,
    );
  });

  it('lets a PBX wake the phone by its push parameters (RFC 8599)', () => {
    const { up } = sentUp(['Contact: <sip:u1@192.0.2.7;pn-provider=apns;pn-prid=a%3Db;x=y>']);
    expect(up.value(Header.Contact)).toMatch(/:5060;pn-provider=apns;pn-prid=a%3Db>$/);
  });

  it('shows of several flows of a phone only the first with its instance, of which some PBXs keep one contact', () => {
    const instance = '+sip.instance="<urn:uuid:1>"';
    const shownOf = (regId: number): string => {
      const contact = `Contact: <sip:u1@192.0.2.7>;reg-id=${regId};${instance};q=0.5`;
      return sentUp([contact]).up.value(Header.Contact) ?? '';
    };
    expect(shownOf(1)).toMatch(/>;reg-id=1;\+sip\.instance="<urn:uuid:1>";q=0\.5$/);
    expect(shownOf(2)).toMatch(/>;q=0\.5$/);
  });

  it('keeps the Path of proxies in front of us to itself', () => {
    expect(sentUp(['Path: <sip:edge;lr>', 'Contact: <sip:u1@192.0.2.7>']).up.has(Header.Path)).toBe(false);
  });
});

describe('insertion Path', () => {
  it('puts our URI with the phone’s flow above other Paths and leaves the Contact', () => {
    const { up } = sentUp(['Path: <sip:edge;lr>', 'Contact: <sip:u1@192.0.2.7>'], 'Path');
    const [mine = '', theirs] = up.values(Header.Path);
    const token = /^<sip:(\w+)@203\.0\.113\.5:5060;lr>$/.exec(mine)?.[1] ?? '';
    expect(tokens.readFlow(token)).toMatchObject({ address: '192.0.2.7', port: 5062 });
    expect(theirs).toBe('<sip:edge;lr>');
    expect(up.value(Header.Contact)).toBe('<sip:u1@192.0.2.7>');
  });

  it('says that Path is understood where the phone did not', () => {
    expect(sentUp(['Contact: <sip:u1@192.0.2.7>'], 'Path').up.values(Header.Supported)).toEqual(['path']);
    expect(
      sentUp(['Contact: <sip:u1@192.0.2.7>', 'Supported: gruu,path'], 'Path').up.values(Header.Supported),
    ).toEqual(['gruu,path']);
  });
});

it('insertion None changes nothing', () => {
  const { request, up } = sentUp(['Contact: <sip:u1@192.0.2.7>', 'Path: <sip:edge;lr>'], 'None');
  expect(up.text).toBe(request.text);
});
