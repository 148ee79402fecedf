// What the certificate library needs to be there when it is loaded.
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import { PemConverter, SubjectAlternativeNameExtension, X509CertificateGenerator } from '@peculiar/x509';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const HOUR_MS = 3_600_000;

/** A server's certificate that vouches for itself. */
export interface SelfSigned {
  /** PEM, as is the key. */
  readonly certificate: string;
  readonly key: string;
  /** The SHA-256 of its public key (SubjectPublicKeyInfo), in Base64. */
  readonly keyHash: string;
}

/** For DNS names and IP addresses, of which the first is the subject; valid for some hours around now. */
export async function selfSigned(...names: readonly string[]): Promise<SelfSigned> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: `CN=${names[0]}`,
    notBefore: new Date(Date.now() - HOUR_MS),
    notAfter: new Date(Date.now() + 12 * HOUR_MS),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new SubjectAlternativeNameExtension(
        names.map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value })),
      ),
    ],
  });
  const hash = await webcrypto.subtle.digest('SHA-256', certificate.publicKey.rawData);
  return {
    certificate: certificate.toString('pem'),
    key: PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY'),
    keyHash: Buffer.from(hash).toString('base64'),
  };
}
