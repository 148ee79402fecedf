import { describe, expect, it, vi } from 'vitest';
import { registerAuthorized } from '../e2e/script/digest.ts';
import { ScriptedPhone } from '../e2e/script/phone.ts';
import { type SecureWire, tlsWire, wssWire } from '../e2e/script/secure-wire.ts';
import { udpWire } from '../e2e/script/wire.ts';
import { type Baresip, startBaresip } from '../support/baresip.ts';
import { fileStage, testStage } from '../support/peers/stage.ts';
import { withPeers } from '../support/peers/with-peers.ts';
import { Authority, dns } from '../support/pki.ts';
import type { FrontResource, FrontStatus } from './support/installation.ts';
import { type SharedCluster, withSharedCluster } from './support/run-cluster.ts';
import {
  listenersWith,
  openSecureOffice,
  placeOf,
  putCertificate,
  SERVER_NAME,
  type SecureOffice,
  SITE,
} from './support/secure-office.ts';

const file = fileStage();
const test = testStage();
let cluster: SharedCluster;
let office: SecureOffice;
let front: FrontResource;

withPeers(['baresip', 'kamailio']);
withSharedCluster(async (shared) => {
  cluster = shared;
  office = await openSecureOffice(cluster, file);
  ({ front } = office);
}, 'own');

const trust = () => ({ authority: office.authority.pem, serverName: SERVER_NAME });
const reach = (status: FrontStatus): Promise<SecureWire> => tlsWire(test, placeOf(status, 'tls'), trust());
const open = (status: FrontStatus, origin?: string) => wssWire(test, placeOf(status, 'wss'), trust(), origin);

const tlsPhone = async (status: FrontStatus, user: string): Promise<ScriptedPhone> =>
  registerAuthorized(test, new ScriptedPhone(user, await reach(status), placeOf(status, 'tls')));

const webPhone = async (status: FrontStatus, user: string): Promise<ScriptedPhone> =>
  registerAuthorized(test, new ScriptedPhone(user, await open(status, SITE), placeOf(status, 'wss')));

const realPhone = async (status: FrontStatus, user: string): Promise<Baresip> => {
  const proxy = placeOf(status, 'tls');
  const phone = await startBaresip(test, { user, proxy, transport: 'TLS', address: cluster.hostIp });
  await phone.registered();
  return phone;
};

/** One sends the other a text and hears that it has come. */
const passes = async (from: ScriptedPhone, to: ScriptedPhone, text: string): Promise<void> => {
  const sent = from.sendMessage(to.user, text);
  const { sip, reply } = await to.request('MESSAGE');
  expect(sip.body).toBe(text);
  reply(200);
  expect((await from.response(sent)).status).toBe(200);
};

const sentenceOf = ({ conditions }: FrontStatus, type: string): string =>
  conditions.find((each) => each.type === type)?.message ?? '';

describe('a front with TLS and WebSocket in the cluster', () => {
  it('comes up, and speaks TLS with its PBX, whose authority is its own', async () => {
    const status = await front.is('Ready');
    expect(status.upstream.summary).toBe('Up kamailio.pbx.svc.cluster.local:5061');
    expect(sentenceOf(status, 'ResolvedRefs')).toContain('sip-tls');
  });

  it('opens a port for each listener, all of TCP but the one of UDP', async () => {
    const ports = async (service: string): Promise<readonly string[]> => {
      const path = '{range .spec.ports[*]}{.name} {.port} {.protocol},{end}';
      const told = await front.kubectl('get', 'service', service, '-o', `jsonpath=${path}`);
      return told
        .split(',')
        .filter((each) => each !== '')
        .toSorted();
    };
    expect(await ports('office-midreg-tcp')).toEqual(['tls 5061 TCP', 'ws 8081 TCP', 'wss 8443 TCP']);
    expect(await ports('office-midreg-udp')).toEqual(['udp 5060 UDP']);
  });

  it('lets phones outside register and message over TLS and WebSocket, by a certificate that they check', async () => {
    const status = await front.is('Ready');
    const [one, web, real] = [
      await tlsPhone(status, 'u1'),
      await webPhone(status, 'u2'),
      await realPhone(status, 'u3'),
    ];
    const bindings = await front.bindings();
    expect(bindings).toContain(`TLS ${one.hostPort}`);
    expect(bindings).toContain(`WSS ${web.hostPort}`);
    await passes(one, web, 'are you there?');
    await passes(web, one, 'I am.');
    await real.message('u2', 'and me?');
    const { sip, reply } = await web.request('MESSAGE');
    expect(sip.body).toBe('and me?');
    reply(200);
  });

  it('shows a new certificate in the same pod, and the connections that are open stay', async () => {
    const status = await front.is('Ready');
    const [one, web, pods] = [await tlsPhone(status, 'u1'), await webPhone(status, 'u2'), await front.pods()];
    const { shown } = await reach(status);
    await putCertificate(front, 'sip-tls', await office.authority.issue({ names: [dns(SERVER_NAME)] }));
    // The kubelet looks for what has become of a Secret about once a minute.
    await vi.waitFor(async () => expect((await reach(status)).shown).not.toBe(shown), {
      timeout: 120_000,
      interval: 1000,
    });
    await passes(one, web, 'still the same?');
    await passes(web, one, 'as ever');
    expect(await front.pods()).toEqual(pods);
    await front.is('Ready');
  }, 180_000);

  it('takes the pages of another site without a new pod', async () => {
    const status = await front.is('Ready');
    const pods = await front.pods();
    const other = 'https://other.pbx.test';
    await expect(open(status, other)).rejects.toThrow('403');
    await front.patch({ listeners: listenersWith({ allowedOrigins: [SITE, other] }) });
    await front.is('Programmed');
    await open(status, other);
    expect(await front.pods()).toEqual(pods);
  });

  it('bounds what one source may send without a new pod', async () => {
    const status = await front.is('Ready');
    const pods = await front.pods();
    const [ip = ''] = (await front.kubectl('get', 'pods', '-o', 'jsonpath={.items[*].status.podIP}')).split(
      ' ',
    );
    const dropped = async (): Promise<boolean> =>
      /^midreg_drops_total\{reason="rate_limited"\} [1-9]/m.test(
        await (await fetch(`http://${ip}:8080/metrics`)).text(),
      );
    const flood = (): void => {
      for (let sent = 0; sent < 40; sent++)
        stranger.send({ method: 'OPTIONS', uri: 'sip:pbx.test', from: stranger.uri });
    };
    const wire = await udpWire(test, cluster.hostIp);
    const stranger = new ScriptedPhone('u4', wire, placeOf(status, 'udp'));
    await stranger.ask({ method: 'OPTIONS', uri: 'sip:pbx.test', from: stranger.uri });
    flood();
    expect(await dropped()).toBe(false);
    await front.patch({
      security: { rateLimit: { perSourcePerSecond: 1, burstPerSource: 10, bannedSeconds: 0 } },
    });
    await front.is('Programmed');
    flood();
    await vi.waitFor(async () => expect(await dropped()).toBe(true), { timeout: 10_000, interval: 100 });
    await front.patch({ security: { rateLimit: null } });
    await front.is('Programmed');
    expect(await front.pods()).toEqual(pods);
  });

  it('says of each endpoint of the PBX whether it answers, and works while one does', async () => {
    const before = await front.is('Ready');
    const [pbx] = (await front.spec<{ upstream: { endpoints: object[] } }>()).upstream.endpoints;
    const spare = { name: 'spare', host: '192.0.2.1', port: 5061, transport: 'TLS', priority: 1 };
    await front.patch({ upstream: { endpoints: [pbx, spare] } });
    const half = await vi.waitFor(
      async () => {
        const status = await front.is('UpstreamReachable');
        expect(sentenceOf(status, 'UpstreamReachable')).toContain('192.0.2.1:5061 answers no OPTIONS');
        return status;
      },
      { timeout: 60_000, interval: 500 },
    );
    expect(half.upstream.endpoints).toMatchObject([
      { name: 'pbx', state: 'Up' },
      { name: 'spare', state: 'Down' },
    ]);
    await passes(await tlsPhone(half, 'u1'), await webPhone(half, 'u2'), 'all the same');
    await front.patch({ upstream: { endpoints: [pbx] } });
    expect((await front.is('Ready')).upstream.summary).toBe(before.upstream.summary);
  });

  it('says which Secret is missing and how to make it, and serves as before until it is there', async () => {
    const status = await front.is('Ready');
    const one = await tlsPhone(status, 'u1');
    const [pod] = await front.pods();
    await front.patch({ listeners: listenersWith({ secret: 'not-there' }) });
    const missing = await front.is('ResolvedRefs', 'False');
    expect(sentenceOf(missing, 'ResolvedRefs')).toMatch(/not-there.*kubectl create secret tls/);
    expect(await front.pods()).toContain(pod);
    await passes(one, one, 'still served');
    await reach(status);
    await putCertificate(front, 'not-there', await office.authority.issue({ names: [dns(SERVER_NAME)] }));
    await front.is('ResolvedRefs', 'True', 110_000);
    await front.is('Ready');
    await front.patch({ listeners: listenersWith({}) });
    await front.is('Ready');
  }, 240_000);

  it('says what keeps it from its PBX, and what it has to do with certificates', async () => {
    const before = await front.is('Ready');
    await front.put({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'other-ca' },
      stringData: { 'ca.crt': (await Authority.root('Nobody')).pem },
    });
    await front.patch({ upstream: { tls: { caSecretRef: { name: 'other-ca' } } } });
    const down = await front.is('UpstreamReachable', 'False');
    expect(sentenceOf(down, 'UpstreamReachable')).toContain('certificate');
    await front.patch({ upstream: { tls: { caSecretRef: { name: 'pbx-ca' } } } });
    expect((await front.is('Ready')).upstream.summary).toBe(before.upstream.summary);
  });
});
