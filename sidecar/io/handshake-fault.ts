/** Why a handshake has failed: a word for metrics, of which there are few, and a sentence for a person. */
export interface HandshakeFault {
  readonly reason: string;
  readonly sentence: string;
}

/** By the codes that Node makes of OpenSSL's errors; the first that fits counts. */
const TLS_FAULTS: readonly (readonly [codes: RegExp, reason: string, sentence: string])[] = [
  [/^ERR_TLS_HANDSHAKE_TIMEOUT$/, 'timeout', 'the peer did not complete the TLS handshake in time'],
  [
    /^ECONNRESET$/,
    'reset',
    'the peer closed the connection in the TLS handshake; does it trust the certificate?',
  ],
  [
    /_ALERT_.*(CERTIFICATE|UNKNOWN_CA)/,
    'certificate_refused',
    'the peer does not trust the certificate; does it know the authority, and the name that it called?',
  ],
  [
    /UNSUPPORTED_PROTOCOL|VERSION_TOO_LOW|ALERT_PROTOCOL_VERSION/,
    'version',
    'the peer speaks no version of TLS that is taken here (tls.minimumVersion)',
  ],
  [/NO_SHARED_CIPHER/, 'no_shared_cipher', 'the peer has no cipher in common with us'],
  [
    /HTTP_REQUEST|HTTPS_PROXY_REQUEST|WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG/,
    'not_tls',
    'the peer does not speak TLS; is it set to TCP, or meant for another port?',
  ],
];

/** What an error of a TLS handshake that a peer has begun means. */
export function tlsFault(error: NodeJS.ErrnoException): HandshakeFault {
  const code = error.code ?? '';
  const [, reason, sentence] = TLS_FAULTS.find(([codes]) => codes.test(code)) ?? [];
  if (reason !== undefined && sentence !== undefined) return { reason, sentence };
  return { reason: 'other', sentence: code === '' ? error.message : `the TLS handshake failed (${code})` };
}

/** By the codes of errors on connections that we open; OpenSSL's own words are for who reads its source. */
const DIAL_FAULTS: readonly (readonly [codes: RegExp, sentence: string])[] = [
  [
    /^(UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_SELF)/,
    'its certificate is of no authority that is trusted here; name the one that is in upstream.tls.caSecretRef',
  ],
  [
    /_ALERT_.*(CERTIFICATE|UNKNOWN_CA)/,
    'it does not take the certificate that it is shown, or wants one: see upstream.tls.clientCertificateSecretRef',
  ],
  [/WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG/, 'it does not speak TLS at this port'],
  [/UNSUPPORTED_PROTOCOL|ALERT_PROTOCOL_VERSION/, 'it speaks neither TLS 1.2 nor 1.3'],
  [/^ERR_SSL_/, 'the TLS handshake failed'],
];

/** Why a connection that we open does not come about, or is ended by the peer for what it is. */
export function dialFault({ code = '', message }: NodeJS.ErrnoException): string {
  const [, sentence] = DIAL_FAULTS.find(([codes]) => codes.test(code)) ?? [];
  return sentence === undefined ? message : `${sentence} (${code})`;
}

/** A phone's certificate is missing or none that the listener takes; `why` is OpenSSL's word for it. */
export const clientCertificateFault = (why: string | undefined): HandshakeFault =>
  why === undefined
    ? {
        reason: 'no_client_certificate',
        sentence: 'the peer shows no certificate, which tls.clientCertificates requires',
      }
    : {
        reason: 'client_certificate',
        sentence: `the peer's certificate is not taken (${why}); is it of the authority in tls.caSecretRef, and valid?`,
      };
