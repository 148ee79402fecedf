import { readlinkSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { SidecarConfig } from '../../../sidecar/config.ts';
import { Certificates } from '../../../sidecar/io/certificates.ts';
import { dns, type Issued, writeSecret, writeTlsSecret } from '../../support/pki.ts';
import { accepted, resourceText } from '../config/resource-text.ts';
import { type Observed, observed } from './support.ts';
import { root, secretsFolder, serverPair, stranger } from './tls-stage.ts';

const DAY_S = 86_400;

const tls = (rest = ''): string =>
  `{name: tls, transport: TLS, port: 5061, tls: {certificateSecretRef: {name: sip-tls}${rest}}}`;
const LISTENERS = `[{name: udp}, ${tls()}]`;
const WITH_CLIENTS = `[{name: udp}, ${tls(', clientCertificates: Require, caSecretRef: {name: phones}')}]`;
const TO_PBX =
  '{endpoints: [{name: pbx, host: pbx.test, port: 5061, transport: TLS}], tls: {caSecretRef: {name: pbx-ca, key: chain.pem}, clientCertificateSecretRef: {name: shown}}}';

const config = (
  listeners = LISTENERS,
  upstream = '{endpoints: [{name: pbx, host: 192.0.2.20}]}',
): SidecarConfig => accepted(resourceText({ listeners, upstream }));

interface Stage {
  readonly certificates: Certificates;
  readonly secrets: string;
  readonly around: Observed;
  /** Resolves when files have been taken up so often. */
  changed(times: number): Promise<unknown>;
  apply(config: SidecarConfig): Promise<readonly string[]>;
}

function start(): Stage {
  const secrets = secretsFolder();
  const around = observed();
  let changes = 0;
  const certificates = new Certificates(secrets, around, () => changes++);
  onTestFinished(() => certificates.close());
  return {
    certificates,
    secrets,
    around,
    changed: (times) => expect.poll(() => changes, { timeout: 4000 }).toBeGreaterThanOrEqual(times),
    apply: (next) => certificates.change(next, () => Promise.resolve([])),
  };
}

const shownBy = ({ certificates }: Stage): unknown => certificates.means.tlsOf('tls')?.options.cert;

const renewed = await root.issue({ names: [dns('renewed.test')], days: 30 });

describe('the certificates of a resource', () => {
  it('are read and told of, with the time that they have left', async () => {
    const stage = start();
    writeTlsSecret(stage.secrets, 'sip-tls', serverPair);
    expect(await stage.apply(config())).toEqual([]);
    expect(shownBy(stage)).toBe(serverPair.certificate);
    expect(stage.certificates.means.tlsOf('udp')).toBeUndefined();
    const [one, ...others] = stage.certificates.shown;
    expect(others).toEqual([]);
    expect(one).toMatchObject({ listener: 'tls', secret: 'sip-tls', serverName: undefined });
    expect(one?.fingerprint).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
    const [left] = stage.certificates.remaining;
    expect(left).toMatchObject({ listener: 'tls', serverName: '', secret: 'sip-tls' });
    expect(left?.seconds).toBeGreaterThan(89 * DAY_S);
    expect(Date.parse(one?.notAfter ?? '') / 1000).toBeCloseTo(Date.now() / 1000 + (left?.seconds ?? 0), -1);
  });

  it('are those for the PBX too', async () => {
    const stage = start();
    writeTlsSecret(stage.secrets, 'sip-tls', serverPair);
    writeTlsSecret(stage.secrets, 'shown', renewed);
    writeSecret(stage.secrets, 'pbx-ca', { 'chain.pem': root.pem + stranger.pem });
    expect(await stage.apply(config(LISTENERS, TO_PBX))).toEqual([]);
    expect(stage.certificates.means.link()).toMatchObject({
      verify: 'Full',
      serverName: undefined,
      path: '/',
    });
    expect(stage.certificates.remaining.map(({ listener, secret }) => [listener, secret])).toEqual([
      ['tls', 'sip-tls'],
      ['', 'shown'],
    ]);
  });

  it.each<[what: string, files: Record<string, string>, fault: RegExp]>([
    ['that is missing', {}, /Secret sip-tls is missing \(.*\/sip-tls\); .*kubectl create secret tls sip-tls/],
    [
      'without its key',
      { 'tls.crt': serverPair.certificate },
      /^spec\.listeners\[1\]\.tls\.certificateSecretRef: tls\.key/,
    ],
    [
      'that is none',
      { 'tls.crt': 'hello', 'tls.key': serverPair.key },
      /tls\.crt .* holds no certificate in PEM/,
    ],
    [
      'whose key is none',
      { 'tls.crt': serverPair.certificate, 'tls.key': 'x' },
      /tls\.key .* holds no private key/,
    ],
    [
      'with the key of another',
      { 'tls.crt': serverPair.certificate, 'tls.key': renewed.key },
      /is not the key of the certificate/,
    ],
  ])('can not be one %s, and the fault says where, which and what to do', async (_what, files, fault) => {
    const stage = start();
    writeSecret(stage.secrets, 'sip-tls', files);
    const faults = await stage.apply(config());
    expect(faults[0]).toMatch(fault);
    expect(stage.certificates.shown).toEqual([]);
  });

  it('are all looked at before any fault is told', async () => {
    const stage = start();
    const faults = await stage.apply(config(WITH_CLIENTS, TO_PBX));
    expect(faults.map((each) => each.split(':', 1)[0])).toEqual([
      'spec.listeners[1].tls.certificateSecretRef',
      'spec.listeners[1].tls.caSecretRef',
      'spec.upstream.tls.caSecretRef',
      'spec.upstream.tls.clientCertificateSecretRef',
    ]);
  });

  it('stay as they were where a changed resource names one that is missing, or can not be opened', async () => {
    const stage = start();
    writeTlsSecret(stage.secrets, 'sip-tls', serverPair);
    await stage.apply(config());
    expect(await stage.apply(config(WITH_CLIENTS))).toHaveLength(1);
    expect(stage.certificates.means.tlsOf('tls')?.clientCertificates).toBe('None');
    writeSecret(stage.secrets, 'phones', { 'ca.crt': root.pem });
    const inUse = { message: 'the port is taken' };
    expect(await stage.certificates.change(config(WITH_CLIENTS), () => Promise.resolve([inUse]))).toEqual([
      'the port is taken',
    ]);
    expect(stage.certificates.means.tlsOf('tls')?.clientCertificates).toBe('None');
    expect(await stage.apply(config(WITH_CLIENTS))).toEqual([]);
    expect(stage.certificates.means.tlsOf('tls')?.clientCertificates).toBe('Require');
  });
});

describe('files that change', () => {
  const begin = async (pair: Issued = serverPair): Promise<Stage> => {
    const stage = start();
    writeTlsSecret(stage.secrets, 'sip-tls', pair);
    expect(await stage.apply(config())).toEqual([]);
    return stage;
  };

  it('are taken up, certificate and key together', async () => {
    const stage = await begin();
    writeTlsSecret(stage.secrets, 'sip-tls', renewed);
    await stage.changed(1);
    await expect.poll(() => shownBy(stage)).toBe(renewed.certificate);
    expect(stage.around.notes.at(-1)).toMatchObject({ level: 'info', event: 'certificate taken' });
    expect(stage.around.counts.get('certificates_taken')).toBe(1);
    expect(stage.certificates.faults).toEqual([]);
  });

  it('are taken up by the swap of a symbolic link, as the kubelet does it', async () => {
    const stage = start();
    const folder = writeTlsSecret(stage.secrets, '..one', serverPair);
    writeTlsSecret(stage.secrets, '..two', renewed);
    symlinkSync('..one', join(stage.secrets, '..data'));
    symlinkSync('..data', join(stage.secrets, 'sip-tls'));
    expect(folder).toContain('..one');
    expect(await stage.apply(config())).toEqual([]);
    expect(shownBy(stage)).toBe(serverPair.certificate);
    symlinkSync('..two', join(stage.secrets, '..data_tmp'));
    renameSync(join(stage.secrets, '..data_tmp'), join(stage.secrets, '..data'));
    expect(readlinkSync(join(stage.secrets, '..data'))).toBe('..two');
    await stage.changed(1);
    expect(shownBy(stage)).toBe(renewed.certificate);
  });

  it('that are broken change nothing but status and log, once each, until they are mended', async () => {
    const stage = await begin();
    writeFileSync(join(stage.secrets, 'sip-tls/tls.key'), renewed.key);
    await stage.changed(1);
    expect(shownBy(stage)).toBe(serverPair.certificate);
    expect(stage.certificates.faults).toEqual([expect.stringContaining('is not the key of the certificate')]);
    expect(stage.around.notes.map(({ event }) => event)).toEqual(['certificate not usable']);
    writeFileSync(join(stage.secrets, 'sip-tls/tls.crt'), renewed.certificate);
    await stage.changed(2);
    expect(shownBy(stage)).toBe(renewed.certificate);
    expect(stage.certificates.faults).toEqual([]);
  });

  it('that are gone change nothing either', async () => {
    const stage = await begin();
    rmSync(join(stage.secrets, 'sip-tls'), { recursive: true });
    await stage.changed(1);
    expect(shownBy(stage)).toBe(serverPair.certificate);
    expect(stage.certificates.faults[0]).toContain('is missing');
  });
});

describe('a certificate that ends soon', () => {
  it.each([
    [6, 'warn', 'certificate expires soon'],
    [-2, 'error', 'certificate expired'],
  ])('in %i days is told of, and shown all the same', async (days, level, event) => {
    const stage = start();
    writeTlsSecret(stage.secrets, 'sip-tls', await root.issue({ names: [dns('sip.test')], days }));
    expect(await stage.apply(config())).toEqual([]);
    expect(stage.around.notes).toMatchObject([
      { level, event, reason: expect.stringMatching(/^Secret sip-tls of listener tls: 20\d\d-/) },
    ]);
    // Not again at each change.
    await stage.apply(config());
    expect(stage.around.notes).toHaveLength(1);
  });

  it('in more than a week is not', async () => {
    const stage = start();
    writeTlsSecret(stage.secrets, 'sip-tls', await root.issue({ days: 8 }));
    await stage.apply(config());
    expect(stage.around.notes).toEqual([]);
  });
});
