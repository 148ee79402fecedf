import { describe, expect, it } from 'vitest';
import { OwnAddresses, uriPort, uriTransport } from '../../../sidecar/proxy/own.ts';
import { Upstream } from '../../../sidecar/proxy/upstream.ts';
import type { Transport } from '../../../sidecar/wire/flow.ts';
import { parseUri, type SipUri } from '../../../sidecar/wire/uri.ts';
import { ALL_LISTENERS } from '../../support/transports.ts';

const uriOf = (text: string): SipUri => {
  const uri = parseUri(text);
  if (uri?.kind !== 'sip') throw new Error(`${text} is no SIP URI`);
  return uri;
};

describe('what a URI says of its way', () => {
  it.each([
    // §19.1.2: UDP and 5060 without a word, TLS and 5061 for sips:.
    ['sip:h', 'UDP', 5060],
    ['sip:h;transport=udp', 'UDP', 5060],
    ['sip:h;transport=TCP', 'TCP', 5060],
    ['sips:h', 'TLS', 5061],
    ['sips:h;transport=tcp', 'TLS', 5061],
    // §26.2.2: deprecated, and what real phones write.
    ['sip:h;transport=tls', 'TLS', 5061],
    ['sips:h;transport=tls', 'TLS', 5061],
    // RFC 7118 §5.2, §5.5.
    ['sip:h;transport=ws', 'WS', 80],
    ['sips:h;transport=ws', 'WSS', 443],
    ['sip:h;transport=wss', 'WSS', 443],
    ['sip:h:8443;transport=wss', 'WSS', 8443],
    // Nobody has TLS over these here.
    ['sips:h;transport=udp', undefined, 5060],
    ['sip:h;transport=sctp', undefined, 5060],
  ])('is for %s %s and port %s', (text, transport, port) => {
    expect(uriTransport(uriOf(text))).toBe(transport);
    expect(uriPort(uriOf(text))).toBe(port);
  });
});

describe('a URI that names us', () => {
  const own = new OwnAddresses(ALL_LISTENERS);

  it.each([
    'sip:203.0.113.5',
    'sip:203.0.113.5:5061',
    'sips:203.0.113.5',
    'sip:203.0.113.5;transport=tls',
    'sip:203.0.113.5;transport=ws',
    'sips:203.0.113.5;transport=ws',
    'sip:[2001:db8::5];transport=tcp',
  ])('is %s', (text) => expect(own.isOurs(uriOf(text))).toBe(true));

  it.each(['sip:203.0.113.5:5070', 'sip:203.0.113.6'])('is not %s', (text) =>
    expect(own.isOurs(uriOf(text))).toBe(false),
  );

  it('has no port and transport=ws also where there are secure WebSockets alone', () => {
    const wss = new OwnAddresses(ALL_LISTENERS.filter(({ transport }) => transport === 'WSS'));
    expect(wss.isOurs(uriOf('sip:203.0.113.5;transport=ws'))).toBe(true);
    expect(wss.isOurs(uriOf('sip:203.0.113.5'))).toBe(false);
  });
});

describe('a URI that names the PBX', () => {
  const isEndpoint = (text: string, transport: Transport, port: number): boolean =>
    new Upstream([
      { name: 'pbx', host: 'pbx.test', port, transport, oversizeTransport: 'TCP', priority: 0, weight: 1 },
    ]).isEndpoint(uriOf(text));

  it.each([
    ['sip:pbx.test', 'UDP', 5060],
    ['sip:pbx.test:5061', 'TLS', 5061],
    ['sip:pbx.test;transport=tls', 'TLS', 5061],
    ['sips:pbx.test', 'TLS', 5061],
    ['sip:pbx.test:443;transport=ws', 'WSS', 443],
    ['sips:pbx.test;transport=ws', 'WSS', 443],
  ] as const)('is %s where it speaks %s on port %s', (text, transport, port) =>
    expect(isEndpoint(text, transport, port)).toBe(true),
  );

  it.each([
    ['sip:pbx.test', 'UDP', 5070],
    ['sip:pbx.test;transport=tcp', 'UDP', 5060],
    ['sips:pbx.test:5060', 'UDP', 5060],
    ['sip:other.test', 'UDP', 5060],
  ] as const)('is not %s where it speaks %s on port %s', (text, transport, port) =>
    expect(isEndpoint(text, transport, port)).toBe(false),
  );
});
