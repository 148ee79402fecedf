import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import type { SecretEntry } from '../config.ts';
import type { Millis } from '../effect.ts';
import { type Contents, readContents } from './watch.ts';

/** A certificate with its key, in PEM, and what people want to know of it. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
  readonly notAfter: Millis;
  /** SHA-256, in hexadecimal digits between colons. */
  readonly fingerprint: string;
}

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/**
 * Reads what the resource names of Secrets: the Secret NAME is the folder DIR/NAME, each of its entries a file, as Kubernetes
 * mounts it. What is wrong is gathered in `faults`, what was looked at in `files`.
 */
export class SecretReading {
  readonly faults: string[] = [];
  readonly files = new Map<string, Contents>();
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** A Secret of type kubernetes.io/tls; undefined where there is a fault. */
  pair({ secret, path }: { readonly secret: string; readonly path: string }): KeyPair | undefined {
    const entries = ['tls.crt', 'tls.key'].map((file) => ({ secret, key: file, path }));
    if (entries.every((entry) => isMissing(this.#contents(entry)))) return this.#missing(secret, path);
    const [certificate, key] = entries.map((entry) => this.#text(entry, TLS_ADVICE));
    if (certificate === undefined || key === undefined) return undefined;
    const fault = (file: string, what: string): undefined =>
      this.#fault({ secret, key: file, path }, what, TLS_ADVICE(secret));
    const leaf = certificatesIn(certificate)?.[0];
    if (leaf === undefined) return fault('tls.crt', 'holds no certificate in PEM');
    const privateKey = keyIn(key);
    if (privateKey === undefined) return fault('tls.key', 'holds no private key in PEM without a passphrase');
    if (!leaf.checkPrivateKey(privateKey))
      return fault('tls.key', 'is not the key of the certificate in tls.crt');
    const { validTo, fingerprint256 } = leaf;
    return { certificate, key, notAfter: Date.parse(validTo), fingerprint: fingerprint256 };
  }

  /** Certificates of authorities, in PEM; undefined where there is a fault. */
  authorities(entry: SecretEntry): string | undefined {
    const text = this.#text(entry, authorityAdvice);
    if (text === undefined) return undefined;
    return certificatesIn(text) === undefined
      ? this.#fault(entry, 'holds no certificate in PEM', authorityAdvice(entry.secret, entry.key))
      : text;
  }

  /** Read once, so that all that is made of it is of one time. */
  #contents(entry: SecretEntry): Contents {
    const file = this.#file(entry);
    const contents = this.files.get(file) ?? readContents(file);
    this.files.set(file, contents);
    return contents;
  }

  #text(entry: SecretEntry, advice: Advice): string | undefined {
    const contents = this.#contents(entry);
    if (!('fault' in contents)) return contents.bytes.toString('latin1');
    const what = isMissing(contents) ? 'is missing' : `can't be read (${contents.fault})`;
    return this.#fault(entry, what, advice(entry.secret, entry.key));
  }

  #file = ({ secret, key }: Pick<SecretEntry, 'secret' | 'key'>): string =>
    join(this.#directory, secret, key);

  #missing(secret: string, path: string): undefined {
    const folder = join(this.#directory, secret);
    this.faults.push(`${path}: Secret ${secret} is missing (${folder}); ${TLS_ADVICE(secret)}`);
    return undefined;
  }

  #fault(entry: SecretEntry, what: string, advice: string): undefined {
    const { secret, key, path } = entry;
    this.faults.push(`${path}: ${key} of Secret ${secret} ${what} (${this.#file(entry)}); ${advice}`);
    return undefined;
  }
}

const isMissing = (contents: Contents): boolean => 'fault' in contents && contents.fault === 'ENOENT';

type Advice = (secret: string, key: string) => string;

const TLS_ADVICE = (secret: string): string =>
  `in Kubernetes: kubectl create secret tls ${secret} --cert=FILE --key=FILE; else put both files there`;

const authorityAdvice: Advice = (secret, key) =>
  `in Kubernetes: kubectl create secret generic ${secret} --from-file=${key}=FILE; else put the file there`;

/** All of them, or undefined where there is none or one is broken. */
function certificatesIn(pem: string): readonly X509Certificate[] | undefined {
  const blocks = pem.match(PEM_CERTIFICATE);
  if (blocks === null) return undefined;
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch {
    return undefined;
  }
}

function keyIn(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
}
