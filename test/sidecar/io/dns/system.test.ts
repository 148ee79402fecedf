import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { fullNames, readHosts, readResolvConf, SystemFile } from '../../../../sidecar/io/dns/system.ts';

describe('resolv.conf', () => {
  it('names servers, search list and options, as a pod of Kubernetes has them', () => {
    const text = `# made by the kubelet
search pbx.svc.cluster.local svc.cluster.local cluster.local.
nameserver 10.96.0.10
nameserver fd00::a ; the second
options ndots:5 timeout:1 attempts:3 rotate
`;
    expect(readResolvConf(text)).toEqual({
      servers: [
        { host: '10.96.0.10', port: 53 },
        { host: 'fd00::a', port: 53 },
      ],
      search: ['pbx.svc.cluster.local', 'svc.cluster.local', 'cluster.local'],
      ndots: 5,
      attempts: 3,
      timeoutMs: 1000,
    });
  });

  it.each(['', 'nameserver', 'nameserver dns.example', 'garbage \u0000 in lines', 'options ndots:x timeout'])(
    'without a server (%j) leads to this machine',
    (text) => {
      expect(readResolvConf(text)).toMatchObject({ servers: [{ host: '127.0.0.1', port: 53 }], ndots: 1 });
    },
  );

  it('is bounded: three servers, 2 s each, 15 dots, 32 domains', () => {
    const servers = Array.from({ length: 9 }, (_, i) => `nameserver 192.0.2.${i}`).join('\n');
    const domains = Array.from({ length: 99 }, (_, i) => `d${i}.test`).join(' ');
    const settings = readResolvConf(`${servers}\nsearch ${domains}\noptions timeout:99 ndots:99 attempts:99`);
    expect(settings.servers).toHaveLength(3);
    expect(settings.search).toHaveLength(32);
    expect(settings).toMatchObject({ ndots: 15, attempts: 5, timeoutMs: 2000 });
  });
});

describe('a name in full', () => {
  const kubernetes = readResolvConf('search ns.svc.c.l svc.c.l c.l\noptions ndots:5');
  const plain = readResolvConf('search example.com');

  it.each([
    [
      'kamailio.pbx.svc',
      kubernetes,
      ['kamailio.pbx.svc.ns.svc.c.l', 'kamailio.pbx.svc.svc.c.l', 'kamailio.pbx.svc.c.l', 'kamailio.pbx.svc'],
    ],
    [
      'a.b.c.d.e.f',
      kubernetes,
      ['a.b.c.d.e.f', 'a.b.c.d.e.f.ns.svc.c.l', 'a.b.c.d.e.f.svc.c.l', 'a.b.c.d.e.f.c.l'],
    ],
    ['pbx.example.net', plain, ['pbx.example.net', 'pbx.example.net.example.com']],
    ['pbx', plain, ['pbx.example.com', 'pbx']],
    ['pbx.', plain, ['pbx']],
    ['pbx', readResolvConf(''), ['pbx']],
  ])('of %s is looked for where the search list says', (host, settings, names) => {
    expect(fullNames(host, settings)).toEqual(names);
  });

  it('is no longer than a name may be (RFC 1035 §2.3.4)', () => {
    const long = Array.from({ length: 4 }, () => 'x'.repeat(60)).join('.');
    expect(fullNames(long, kubernetes).every((name) => name.length <= 253)).toBe(true);
  });
});

describe('the hosts file', () => {
  it('gives all addresses of a name, in any case, as sockets write them', () => {
    const hosts = readHosts(`127.0.0.1 localhost # comment
::1\tlocalhost ip6-localhost
192.0.2.7 PBX.Example.com pbx
2001:DB8:0:0::7 pbx
# 192.0.2.8 pbx
nonsense pbx
`);
    expect(hosts.get('localhost')).toEqual(['127.0.0.1', '::1']);
    expect(hosts.get('pbx.example.com')).toEqual(['192.0.2.7']);
    expect(hosts.get('pbx')).toEqual(['192.0.2.7', '2001:db8::7']);
  });
});

describe('a file of the system', () => {
  it('is read again when it has changed, but looked at every 5 s at most, and may come and go', () => {
    const directory = mkdtempSync(join(tmpdir(), 'midreg-system-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const path = join(directory, 'hosts');
    let now = 0;
    let reads = 0;
    const file = new SystemFile(
      path,
      (text) => {
        reads++;
        return text;
      },
      () => now,
    );
    expect(file.value).toBe('');
    writeFileSync(path, 'one');
    now = 4_999;
    expect(file.value).toBe('');
    now = 5_000;
    expect(file.value).toBe('one');
    const before = reads;
    now = 10_000;
    expect(file.value).toBe('one');
    expect(reads).toBe(before);
    writeFileSync(path, 'another');
    now = 15_000;
    expect(file.value).toBe('another');
    rmSync(path);
    now = 20_000;
    expect(file.value).toBe('');
  });
});
