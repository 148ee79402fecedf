import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

/** PEM. It signs itself, so that it is its own authority. */
export interface SelfSigned {
  readonly cert: string;
  readonly key: string;
}

const SEQUENCE = 0x30;
const SET = 0x31;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const OBJECT_ID = 0x06;
const UTF8_STRING = 0x0c;
const GENERALIZED_TIME = 0x18;
/** Context-specific: constructed and primitive. */
const FIELD = 0xa0;
const IP_ADDRESS = 0x87;

const ECDSA_WITH_SHA256 = '2a8648ce3d040302';
const COMMON_NAME = '550403';
const SUBJECT_ALT_NAME = '551d11';

/** X.690 §8.1: tag, length, content. */
function der(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

const id = (hex: string): Buffer => der(OBJECT_ID, Buffer.from(hex, 'hex'));
const time = (text: string): Buffer => der(GENERALIZED_TIME, Buffer.from(text));

/** A certificate (RFC 5280 §4.1) of 127.0.0.1, of a new key each time, made without any program but this one. */
export function selfSigned(): SelfSigned {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = der(SEQUENCE, id(ECDSA_WITH_SHA256));
  const commonName = der(SEQUENCE, id(COMMON_NAME), der(UTF8_STRING, Buffer.from('fake API server')));
  const name = der(SEQUENCE, der(SET, commonName));
  const addresses = der(SEQUENCE, der(IP_ADDRESS, Buffer.from([127, 0, 0, 1])));
  const addressesOfIt = der(SEQUENCE, id(SUBJECT_ALT_NAME), der(OCTET_STRING, addresses));
  const facts = der(
    SEQUENCE,
    der(FIELD | 0, der(INTEGER, Buffer.from([2]))),
    der(INTEGER, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    algorithm,
    name,
    der(SEQUENCE, time('20200101000000Z'), time('21200101000000Z')),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(FIELD | 3, der(SEQUENCE, addressesOfIt)),
  );
  const signature = der(BIT_STRING, Buffer.from([0]), sign('sha256', facts, privateKey));
  const base64 = der(SEQUENCE, facts, algorithm, signature).toString('base64');
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${base64.match(/.{1,64}/g)?.join('\n')}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}
