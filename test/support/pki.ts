import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
// The library of certificates is written for it.
import 'reflect-metadata';
import {
  BasicConstraintsExtension,
  cryptoProvider,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';

cryptoProvider.set(globalThis.crypto);

type KeyPair = Awaited<ReturnType<typeof newKeys>>;

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 86_400_000;

type AltName = { readonly type: 'dns' | 'ip' | 'url'; readonly value: string };

export const dns = (value: string): AltName => ({ type: 'dns', value });
export const ip = (value: string): AltName => ({ type: 'ip', value });
export const uri = (value: string): AltName => ({ type: 'url', value });

export interface Wish {
  readonly commonName?: string;
  /** None at all where it is empty. */
  readonly names?: readonly AltName[];
  /** In days from now; negative for one that has expired. */
  readonly days?: number;
}

/** PEM, as in a Secret of type kubernetes.io/tls: the certificate with what leads to its authority. */
export interface Issued {
  readonly certificate: string;
  readonly key: string;
}

/** A certificate authority, of new keys each time. */
export class Authority {
  readonly #keys: KeyPair;
  readonly #certificate: X509Certificate;
  /** What lies between it and the root, itself included; empty for a root. */
  readonly #chain: readonly string[];

  private constructor(keys: KeyPair, certificate: X509Certificate, chain: readonly string[]) {
    this.#keys = keys;
    this.#certificate = certificate;
    this.#chain = chain;
  }

  static async root(name = 'Test Root'): Promise<Authority> {
    const keys = await newKeys();
    const certificate = await X509CertificateGenerator.createSelfSigned({
      name: `CN=${name}`,
      keys,
      ...lasting(365),
      signingAlgorithm: ALGORITHM,
      extensions: authorityExtensions(),
    });
    return new Authority(keys, certificate, []);
  }

  /** An authority that this one vouches for. */
  async intermediate(name = 'Test Intermediate'): Promise<Authority> {
    const keys = await newKeys();
    const certificate = await this.#issue(keys, `CN=${name}`, 365, authorityExtensions());
    return new Authority(keys, certificate, [certificate.toString('pem'), ...this.#chain]);
  }

  /** What those who trust it are given. */
  get pem(): string {
    return `${this.#certificate.toString('pem')}\n`;
  }

  async issue({ commonName = 'test', names = [], days = 90 }: Wish = {}): Promise<Issued> {
    const keys = await newKeys();
    const certificate = await this.#issue(keys, `CN=${commonName}`, days, [
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth]),
      ...(names.length === 0 ? [] : [new SubjectAlternativeNameExtension([...names])]),
    ]);
    const key = await globalThis.crypto.subtle.exportKey('pkcs8', keys.privateKey);
    return {
      certificate: `${[certificate.toString('pem'), ...this.#chain].join('\n')}\n`,
      key: `${PemConverter.encode(key, 'PRIVATE KEY')}\n`,
    };
  }

  #issue(
    { publicKey }: KeyPair,
    subject: string,
    days: number,
    extensions: Extension[],
  ): Promise<X509Certificate> {
    return X509CertificateGenerator.create({
      subject,
      issuer: this.#certificate.subject,
      publicKey,
      signingKey: this.#keys.privateKey,
      ...lasting(days),
      signingAlgorithm: ALGORITHM,
      extensions,
    });
  }
}

const newKeys = () => globalThis.crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);

function lasting(days: number): { notBefore: Date; notAfter: Date } {
  const now = Date.now();
  return { notBefore: new Date(now - 100 * DAY_MS), notAfter: new Date(now + days * DAY_MS) };
}

const authorityExtensions = (): Extension[] => [
  new BasicConstraintsExtension(true, undefined, true),
  new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
];

/** Writes a Secret as the folder that it is mounted as. */
export function writeSecret(secrets: string, name: string, files: Readonly<Record<string, string>>): string {
  const folder = join(secrets, name);
  mkdirSync(folder, { recursive: true });
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
  return folder;
}

/** The same of a Secret of type kubernetes.io/tls. */
export const writeTlsSecret = (
  secrets: string,
  name: string,
  { certificate, key }: Issued,
  authority?: string,
): string =>
  writeSecret(secrets, name, {
    'tls.crt': certificate,
    'tls.key': key,
    ...(authority !== undefined && { 'ca.crt': authority }),
  });
