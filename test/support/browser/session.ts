/** A fingerprint (RFC 8122) of a certificate that nobody has: media never comes about. */
const FINGERPRINT = Array.from({ length: 32 }, (_, index) => index.toString(16).padStart(2, '0'))
  .join(':')
  .toUpperCase();

const description = (mid: string, setup: string): string =>
  [
    'v=0',
    'o=- 1 1 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    `a=group:BUNDLE ${mid}`,
    'm=audio 9 UDP/TLS/RTP/SAVPF 0',
    'c=IN IP4 127.0.0.1',
    `a=mid:${mid}`,
    'a=ice-ufrag:none',
    'a=ice-pwd:nonenonenonenonenonenone',
    `a=fingerprint:sha-256 ${FINGERPRINT}`,
    `a=setup:${setup}`,
    'a=rtcp-mux',
    'a=sendrecv',
    'a=rtpmap:0 PCMU/8000',
    '',
  ].join('\r\n');

/** A session of one voice as a browser takes it (RFC 8829), of a phone that has none. */
export const webOffer = (): string => description('0', 'actpass');

/** The like, as the answer to what a browser offers. */
export const webAnswer = (offer: string): string =>
  description(/^a=mid:(\S+)/m.exec(offer)?.[1] ?? '0', 'active');
