import { describe, expect, it } from 'vitest';
import type { Spoken } from '../../../sidecar/proxy/locate.ts';
import type { Destination, Located } from '../../../sidecar/wire/destination.ts';
import { TRANSPORTS, type Transport } from '../../../sidecar/wire/flow.ts';
import { Zone } from '../../support/zone.ts';

const speaking = (...transports: readonly Transport[]): Spoken =>
  new Map(transports.map((transport) => [transport, new Set([4, 6] as const)]));

const ALL = speaking(...TRANSPORTS);

/** `sip:HOST:PORT;transport=T`, or sips. */
function destination(text: string): Destination {
  const [, scheme, host = '', port, transport] =
    /^(sips?):(\[[^\]]+\]|[^:;]+)(?::(\d+))?(?:;transport=(\w+))?$/.exec(text) ?? [];
  return {
    host: host.replace(/^\[|\]$/g, ''),
    port: port === undefined ? undefined : Number(port),
    transport: transport?.toUpperCase() as Transport | undefined,
    isSecure: scheme === 'sips',
  };
}

/** `TRANSPORT ADDRESS:PORT`, with `#TIER/WEIGHT` where it is not the only one. */
const shown = ({ sites }: Located): readonly string[] =>
  sites.flatMap(({ transport, port, addresses, tier, weight }) =>
    addresses.map(
      (address) => `${transport} ${address}:${port}${sites.length > 1 ? ` #${tier}/${weight}` : ''}`,
    ),
  );

const FULL = `
  pbx.test NAPTR 10 20 "s" "SIP+D2T" "" _sip._tcp.pbx.test
  pbx.test NAPTR 10 10 "S" "SIPS+D2T" "" _sips._tcp.pbx.test
  pbx.test NAPTR 10 30 "s" "sip+d2u" "" _sip._udp.pbx.test
  _sips._tcp.pbx.test SRV 0 1 5061 a.test
  _sip._tcp.pbx.test SRV 0 1 5070 a.test
  _sip._udp.pbx.test SRV 0 1 5080 a.test
  a.test A 192.0.2.1
  pbx.test A 192.0.2.99
`;

describe('the transport (RFC 3263 §4.1)', () => {
  it.each([
    ['sip:192.0.2.7', 'UDP 192.0.2.7:5060'],
    ['sips:192.0.2.7', 'TLS 192.0.2.7:5061'],
    ['sip:192.0.2.7;transport=tcp', 'TCP 192.0.2.7:5060'],
    ['sips:192.0.2.7;transport=tcp', 'TLS 192.0.2.7:5061'],
    ['sip:192.0.2.7:5062', 'UDP 192.0.2.7:5062'],
    ['sips:[2001:db8::7]:5062', 'TLS 2001:db8::7:5062'],
    ['sip:192.0.2.7;transport=ws', 'WS 192.0.2.7:80'],
    ['sips:192.0.2.7;transport=ws', 'WSS 192.0.2.7:443'],
  ])('of %s, an address, needs no DNS: %s', (uri, expected) => {
    const zone = new Zone('');
    expect(shown(zone.locate(destination(uri), ALL))).toEqual([expected]);
    expect(zone.asked).toEqual([]);
  });

  it.each([
    ['sip:pbx.test:5062', 'UDP 192.0.2.99:5062'],
    ['sips:pbx.test:5062', 'TLS 192.0.2.99:5062'],
    ['sip:pbx.test:5062;transport=tcp', 'TCP 192.0.2.99:5062'],
  ])('of %s, a name with a port, needs its addresses alone: %s', (uri, expected) => {
    const zone = new Zone(FULL);
    expect(shown(zone.locate(destination(uri), ALL))).toEqual([expected]);
    expect(zone.asked.filter((each) => !/^A/.test(each))).toEqual([]);
  });

  it('of a name alone is what its NAPTR records prefer, the others following it', () => {
    expect(shown(new Zone(FULL).locate(destination('sip:pbx.test'), ALL))).toEqual([
      'TLS 192.0.2.1:5061 #0/1',
      'TCP 192.0.2.1:5070 #1/1',
      'UDP 192.0.2.1:5080 #2/1',
    ]);
  });

  it('is none that we do not speak, whatever is preferred', () => {
    expect(shown(new Zone(FULL).locate(destination('sip:pbx.test'), speaking('UDP')))).toEqual([
      'UDP 192.0.2.1:5080',
    ]);
  });

  it('of SIPS is none but TLS', () => {
    const zone = new Zone(FULL);
    expect(shown(zone.locate(destination('sips:pbx.test'), ALL))).toEqual(['TLS 192.0.2.1:5061']);
    expect(zone.asked).not.toContain('SRV _sip._tcp.pbx.test');
  });

  it('counts records of the first order that holds one of use, and no later (RFC 3403 §4.1)', () => {
    const zone = new Zone(`
      pbx.test NAPTR 1 1 "s" "SIP+D2S" "" _sip._sctp.pbx.test
      pbx.test NAPTR 2 9 "s" "SIP+D2T" "" _sip._tcp.pbx.test
      pbx.test NAPTR 3 1 "s" "SIP+D2U" "" _sip._udp.pbx.test
      _sip._tcp.pbx.test SRV 0 1 5070 a.test
      _sip._udp.pbx.test SRV 0 1 5080 a.test
      a.test A 192.0.2.1
    `);
    expect(shown(zone.locate(destination('sip:pbx.test'), ALL))).toEqual(['TCP 192.0.2.1:5070']);
  });

  it.each([
    'pbx.test NAPTR 1 1 "a" "SIP+D2T" "" a.test',
    'pbx.test NAPTR 1 1 "s" "SIP+D2T" "!x!y!" _sip._tcp.pbx.test',
    'pbx.test NAPTR 1 1 "s" "SIP+D2T" "" .',
    'pbx.test NAPTR 1 1 "u" "E2U+sip" "!^.*$!sip:a@pbx.test!" .',
  ])('is not taken from a NAPTR record that leads to no SRV records: %s', (record) => {
    const zone = new Zone(`${record}\npbx.test A 192.0.2.99\n_sip._tcp.pbx.test SRV 0 1 1 .`);
    expect(shown(zone.locate(destination('sip:pbx.test'), speaking('UDP')))).toEqual(['UDP 192.0.2.99:5060']);
  });

  it('without NAPTR records is one that SRV records offer, UDP before TCP before TLS', () => {
    const zone = new Zone(FULL.replace(/.*NAPTR.*\n/g, ''));
    expect(shown(zone.locate(destination('sip:pbx.test'), ALL))).toEqual([
      'UDP 192.0.2.1:5080 #0/1',
      'TCP 192.0.2.1:5070 #1/1',
      'TLS 192.0.2.1:5061 #2/1',
    ]);
    const tls = new Zone('_sips._tcp.pbx.test SRV 0 1 5061 a.test\na.test A 192.0.2.1');
    expect(shown(tls.locate(destination('sip:pbx.test'), ALL))).toEqual(['TLS 192.0.2.1:5061']);
  });

  it.each([
    ['sip:pbx.test', 'UDP 192.0.2.99:5060'],
    ['sips:pbx.test', 'TLS 192.0.2.99:5061'],
  ])('of %s with neither is %s', (uri, expected) => {
    expect(shown(new Zone('pbx.test A 192.0.2.99').locate(destination(uri), ALL))).toEqual([expected]);
  });
});

describe('port and addresses (RFC 3263 §4.2)', () => {
  it.each([
    ['sip:pbx.test;transport=udp', 'UDP 192.0.2.1:5080'],
    ['sip:pbx.test;transport=tcp', 'TCP 192.0.2.1:5070'],
    ['sip:pbx.test;transport=tls', 'TLS 192.0.2.1:5061'],
    ['sips:pbx.test;transport=tcp', 'TLS 192.0.2.1:5061'],
  ])('of %s are what the SRV records of that transport say: %s', (uri, expected) => {
    const zone = new Zone(FULL);
    expect(shown(zone.locate(destination(uri), ALL))).toEqual([expected]);
    expect(zone.asked).not.toContain('NAPTR pbx.test');
  });

  it.each([
    ['sip:pbx.test;transport=tcp', 'TCP 192.0.2.99:5060'],
    ['sip:pbx.test;transport=tls', 'TLS 192.0.2.99:5061'],
    ['sip:pbx.test;transport=ws', 'WS 192.0.2.99:80'],
    ['sips:pbx.test;transport=wss', 'WSS 192.0.2.99:443'],
  ])('of %s without SRV records are the name’s own: %s', (uri, expected) => {
    const zone = new Zone('pbx.test A 192.0.2.99');
    expect(shown(zone.locate(destination(uri), ALL))).toEqual([expected]);
  });

  it('of a name whose NAPTR record leads to no SRV records are its own', () => {
    const zone = new Zone('pbx.test NAPTR 1 1 "s" "SIP+D2T" "" _sip._tcp.pbx.test\npbx.test A 192.0.2.99');
    expect(shown(zone.locate(destination('sip:pbx.test'), ALL))).toEqual(['TCP 192.0.2.99:5060']);
  });

  it('are of a tier for each priority, with the weight in it', () => {
    const zone = new Zone(`
      _sip._udp.pbx.test SRV 20 0 5060 c.test
      _sip._udp.pbx.test SRV 10 40 5060 a.test
      _sip._udp.pbx.test SRV 10 60 5062 b.test
      a.test A 192.0.2.1
      b.test A 192.0.2.2
      c.test A 192.0.2.3
    `);
    expect(shown(zone.locate(destination('sip:pbx.test;transport=udp'), ALL))).toEqual([
      'UDP 192.0.2.2:5062 #0/60',
      'UDP 192.0.2.1:5060 #0/40',
      'UDP 192.0.2.3:5060 #1/0',
    ]);
  });

  it('are none where SRV says that there is no such service (RFC 2782)', () => {
    const zone = new Zone('_sip._udp.pbx.test SRV 0 0 1 .\npbx.test A 192.0.2.99');
    expect(zone.locate(destination('sip:pbx.test;transport=udp'), ALL).sites).toEqual([]);
  });

  it('leave out a host that has no address', () => {
    const zone = new Zone(`
      _sip._udp.pbx.test SRV 0 1 5060 a.test
      _sip._udp.pbx.test SRV 1 1 5060 b.test
      b.test A 192.0.2.2
    `);
    expect(shown(zone.locate(destination('sip:pbx.test;transport=udp'), ALL))).toEqual([
      'UDP 192.0.2.2:5060',
    ]);
  });

  it('hold as long as the shortest of all that was asked', () => {
    expect(new Zone(FULL).locate(destination('sip:pbx.test'), ALL).expiresAt).toBe(60_000);
  });

  it('may be more where something could not be asked', () => {
    const zone = new Zone('pbx.test NAPTR FAIL\npbx.test A 192.0.2.99');
    const located = zone.locate(destination('sip:pbx.test'), ALL);
    expect(shown(located)).toEqual(['UDP 192.0.2.99:5060']);
    expect(located.isPartial).toBe(true);
  });

  it('are 16 hosts of 8 addresses at most', () => {
    const hosts = Array.from({ length: 40 }, (_, i) => `h${i}.test`);
    const records = hosts.map((host) => `_sip._udp.pbx.test SRV 0 1 5060 ${host}`);
    const addresses = hosts.flatMap((host, i) =>
      Array.from({ length: 20 }, (_, j) => `${host} A 10.0.${i}.${j}`),
    );
    const zone = new Zone([...records, ...addresses].join('\n'));
    const { sites } = zone.locate(destination('sip:pbx.test;transport=udp'), ALL);
    expect(sites.length).toBe(16);
    expect(sites.every((site) => site.addresses.length === 8)).toBe(true);
  });
});

describe('a host of both IP versions (RFC 7984)', () => {
  const zone = (): Zone => new Zone('a.test A 192.0.2.1\na.test AAAA 2001:db8::1\na.test AAAA fd00::1');

  it('is tried in the order of RFC 6724', () => {
    const [site] = zone().locate(destination('sip:a.test:5060'), ALL).sites;
    expect(site?.addresses).toEqual(['2001:db8::1', '192.0.2.1', 'fd00::1']);
  });

  it('is asked for no address of a version that the transport has no listener of', () => {
    const old = zone();
    const four: Spoken = new Map([['UDP', new Set([4] as const)]]);
    const [site] = old.locate(destination('sip:a.test:5060'), four).sites;
    expect(site?.addresses).toEqual(['192.0.2.1']);
    expect(old.asked).toEqual(['A a.test']);
  });
});

describe('a short name', () => {
  const names = ['pbx.ns.svc.cluster.test', 'pbx.svc.cluster.test', 'pbx'];

  it('is the first full one that leads anywhere, with all that belongs to that', () => {
    const zone = new Zone(`
      _sip._udp.pbx.svc.cluster.test SRV 0 1 5070 a.test
      a.test A 192.0.2.1
      pbx A 192.0.2.66
    `);
    expect(shown(zone.locate(destination('sip:pbx'), speaking('UDP'), names))).toEqual([
      'UDP 192.0.2.1:5070',
    ]);
    expect(zone.asked).not.toContain('A pbx');
  });
});
