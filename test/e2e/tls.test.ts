import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Baresip, startBaresip } from '../support/baresip.ts';
import { type Kamailio, startKamailio } from '../support/kamailio.ts';
import { Midreg, type Spec } from '../support/midreg.ts';
import { aorOf, PBX_ADDRESS } from '../support/peers/pbx.ts';
import { fileStage, testStage } from '../support/peers/stage.ts';
import { withPeers } from '../support/peers/with-peers.ts';
import { Authority, dns, type Issued, ip, writeSecret, writeTlsSecret } from '../support/pki.ts';
import { freePort } from '../support/ports.ts';
import { type Front, type FrontOptions, listenersOf, startFront } from './front.ts';
import { tlsWire } from './script/secure-wire.ts';

const file = fileStage();
const test = testStage();

const SERVER_NAME = 'sip.pbx.test';
const DAYS_5 = 5;

let root: Authority;
let server: Issued;
let kamailio: Kamailio;
/** Takes TLS from those only who show a certificate of `root`. */
let strict: Kamailio;

withPeers(['kamailio', 'baresip'], async () => {
  root = await Authority.root();
  const intermediate = await root.intermediate();
  server = await intermediate.issue({ names: [dns(SERVER_NAME), ip('127.0.0.1')] });
  const certificate = await intermediate.issue({ names: [dns('pbx.test'), ip(PBX_ADDRESS)] });
  kamailio = await startKamailio(file, { certificate });
  strict = await startKamailio(file, { certificate, clients: root.pem });
});

interface SecureFront extends Front {
  readonly tlsPort: number;
  readonly secrets: string;
  /** Where phones on TLS send. */
  readonly tls: { readonly address: string; readonly port: number };
}

/** A proxy with listeners of UDP, TCP and TLS; `upstream` is put over the upstream section. */
async function startSecureFront(
  pbx: { readonly address: string; readonly port: number },
  {
    upstream = {},
    tls = {},
    pair = server,
    ...options
  }: FrontOptions & {
    readonly upstream?: Spec;
    readonly tls?: Spec;
    readonly pair?: Issued;
  } = {},
): Promise<SecureFront> {
  const address = '127.0.0.1';
  const [port, tlsPort] = [await freePort('both', address), await freePort('tcp', address)];
  const secrets = test.directory('secrets');
  writeTlsSecret(secrets, 'sip-tls', pair);
  writeSecret(secrets, 'authority', { 'ca.crt': root.pem });
  const { transport = 'UDP', ...others } = options;
  const listeners = [
    ...listenersOf(address, port),
    {
      name: 'tls',
      transport: 'TLS',
      address,
      port: tlsPort,
      tls: { certificateSecretRef: { name: 'sip-tls' }, ...tls },
    },
  ];
  const spec = {
    listeners,
    upstream: {
      endpoints: [{ name: 'pbx', host: pbx.address, port: pbx.port, transport }],
      probe: {},
      ...upstream,
    },
    ...options.spec,
  };
  const front = await startFront(test, pbx, { ...others, secrets, spec });
  return { ...front, port, tlsPort, secrets, tls: { address, port: tlsPort } };
}

const registered = async (
  user: string,
  front: SecureFront,
  transport: 'UDP' | 'TLS' = 'TLS',
): Promise<Baresip> => {
  const proxy = transport === 'TLS' ? front.tls : front;
  const phone = await startBaresip(test, { user, proxy, transport });
  await phone.registered();
  return phone;
};

const converse = async (one: Baresip, other: Baresip): Promise<void> => {
  await one.message(other.user, 'hear me');
  expect((await other.received()).text).toBe('hear me');
  await one.call(other.user);
  await other.event('CALL_ESTABLISHED');
  await other.hangUp();
  await one.event('CALL_CLOSED');
};

describe('phones on TLS before a PBX on UDP', () => {
  it('register, and message and call each other over the connections that they opened', async () => {
    const front = await startSecureFront(kamailio);
    const [one, other] = [await registered('u1', front), await registered('u2', front)];
    const [contact] = await front.midreg.bindings(aorOf('u1'));
    expect(contact).toMatchObject({ transport: 'TLS', reachable: true });
    expect(contact?.remote).not.toBe(`127.0.0.1:${one.port}`);
    expect(await front.midreg.metric('midreg_connections', { transport: 'TLS' })).toBe(2);
    await converse(one, other);
    await converse(other, one);
  });

  it('converse with phones on UDP', async () => {
    const front = await startSecureFront(kamailio);
    const [secure, plain] = [await registered('u1', front), await registered('u2', front, 'UDP')];
    await converse(secure, plain);
    await converse(plain, secure);
  });

  it('keep their connections when the certificate is renewed, which new ones are shown', async () => {
    const front = await startSecureFront(kamailio);
    const [one, other] = [await registered('u1', front), await registered('u2', front)];
    const trust = { authority: root.pem, serverName: SERVER_NAME };
    const before = await tlsWire(test, front.tls, trust);
    writeTlsSecret(front.secrets, 'sip-tls', await root.issue({ names: [dns(SERVER_NAME)], days: DAYS_5 }));
    await front.midreg.waitForLog('"certificate taken"');
    await front.midreg.waitForLog('"certificate expires soon"');
    const after = await tlsWire(test, front.tls, trust);
    expect(after.shown).not.toBe(before.shown);
    await converse(one, other);
    // Nobody had to come again.
    expect(await front.midreg.metric('midreg_connections', { transport: 'TLS' })).toBe(4);
    const left = await front.midreg.metric('midreg_certificate_remaining_seconds', { listener: 'tls' });
    expect(left / 86_400).toBeCloseTo(DAYS_5, 1);
    await converse(await registered('u3', front), one);
  });

  it('go on when the certificate is broken, which log and status tell', async () => {
    const front = await startSecureFront(kamailio);
    const [one, other] = [await registered('u1', front), await registered('u2', front)];
    writeSecret(front.secrets, 'sip-tls', { 'tls.key': 'no key' });
    await front.midreg.waitForLog('"certificate not usable"');
    await converse(one, other);
    await registered('u3', front);
    const { certificateFaults } = await front.midreg.status();
    expect(certificateFaults).toEqual([
      expect.stringMatching(/^spec\.listeners\[2\]\.tls\.certificateSecretRef: tls\.key/),
    ]);
  });

  it('can be held to certificates of their own', async () => {
    const asked = { clientCertificates: 'Require', caSecretRef: { name: 'authority' } };
    const front = await startSecureFront(kamailio, { tls: asked });
    await startBaresip(test, { user: 'u1', proxy: front.tls, transport: 'TLS' });
    await front.midreg.waitForLog('"handshake failed"');
    expect(
      await front.midreg.metric('midreg_handshake_failures_total', { reason: 'tls_no_client_certificate' }),
    ).toBeGreaterThan(0);
  });
});

describe('a PBX on TLS', () => {
  const trusting = { tls: { caSecretRef: { name: 'authority' } } };
  const withCertificate = {
    tls: { caSecretRef: { name: 'authority' }, clientCertificateSecretRef: { name: 'sip-tls' } },
  };
  const endpoint = (pbx: Kamailio) => ({ address: pbx.address, port: pbx.tlsPort });

  it('registers and connects phones of both kinds, over one connection that has proven who it leads to', async () => {
    const front = await startSecureFront(endpoint(kamailio), { transport: 'TLS', upstream: trusting });
    const [secure, plain] = [await registered('u1', front), await registered('u2', front, 'UDP')];
    await front.midreg.waitForLog('"upstream up"');
    await converse(secure, plain);
    await converse(plain, secure);
    const [contact] = (await kamailio.contacts()).filter(({ user }) => user === 'u1');
    expect(contact?.uri).toMatch(/transport=tls/i);
  });

  it('that wants a certificate which it is not shown is down', async () => {
    const front = await startSecureFront(endpoint(strict), { transport: 'TLS', upstream: trusting });
    const phone = await startBaresip(test, { user: 'u1', proxy: front.tls, transport: 'TLS' });
    expect(await phone.refused()).toMatch(/^50[34]/);
    expect(await front.midreg.waitForLog('"connection refused"')).toContain('clientCertificateSecretRef');
    expect(strict.received('REGISTER')).toEqual([]);
  });

  it('is shown our certificate where it wants one', async () => {
    const front = await startSecureFront(endpoint(strict), { transport: 'TLS', upstream: withCertificate });
    await converse(await registered('u1', front), await registered('u2', front));
  });

  it('of another name, or of an authority that is not known, is sent nothing', async () => {
    for (const upstream of [{ tls: { ...trusting.tls, serverName: 'other.test' } }, {}]) {
      const before = kamailio.received('REGISTER').length;
      const front = await startSecureFront(endpoint(kamailio), { transport: 'TLS', upstream });
      await front.midreg.waitForLog('"connection refused"');
      const phone = await startBaresip(test, { user: 'u1', proxy: front.tls, transport: 'TLS' });
      expect(await phone.refused()).toMatch(/^50[34]/);
      expect(kamailio.received('REGISTER')).toHaveLength(before);
    }
  });
});

describe('a proxy whose certificate is missing', () => {
  const resource = (port: number, tlsPort: number): Spec => ({
    domains: ['pbx.test'],
    upstream: { endpoints: [{ name: 'pbx', host: PBX_ADDRESS, port: 5070 }], probe: { method: 'None' } },
    listeners: [
      { name: 'udp', transport: 'UDP', address: '127.0.0.1', port },
      {
        name: 'tls',
        transport: 'TLS',
        address: '127.0.0.1',
        port: tlsPort,
        tls: { certificateSecretRef: { name: 'sip-tls' } },
      },
    ],
  });

  it('does not start, and says which file, where, and what to do', async () => {
    const [port, tlsPort] = [await freePort('udp'), await freePort('tcp')];
    const midreg = new Midreg(test, `127.0.0.1:${await freePort('tcp')}`, { spec: resource(port, tlsPort) });
    const complaint = String(await midreg.start().catch((error: Error) => error.message));
    // Beside the resource's file is where it looks unless it is told.
    const folder = join(midreg.file, '../secrets/sip-tls');
    expect(complaint).toContain(
      `midreg: spec.listeners[1].tls.certificateSecretRef: Secret sip-tls is missing (${folder}); in Kubernetes: kubectl create secret tls sip-tls`,
    );
    expect((await midreg.stop()).code).toBe(1);
  });

  it('keeps what it has where a changed resource names it, and takes the change once it is there', async () => {
    const [port, tlsPort] = [await freePort('udp'), await freePort('tcp')];
    const secrets = test.directory('secrets');
    const { listeners, ...others } = resource(port, tlsPort) as { readonly listeners: readonly Spec[] };
    const midreg = new Midreg(test, `127.0.0.1:${await freePort('tcp')}`, {
      spec: { ...others, listeners: listeners.slice(0, 1) },
      secrets,
    });
    await midreg.start();
    midreg.write({ ...others, listeners });
    expect(await midreg.waitForLog('"resource refused"')).toContain('Secret sip-tls is missing');
    writeTlsSecret(secrets, 'sip-tls', server);
    midreg.write({ ...others, listeners, logLevel: 'Debug' });
    await midreg.waitForLog('"resource applied"');
    await tlsWire(
      test,
      { address: '127.0.0.1', port: tlsPort },
      { authority: root.pem, serverName: SERVER_NAME },
    );
  });
});
