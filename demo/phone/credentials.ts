import type { AuthParams, Request } from 'sip';
import { signRequest } from 'sip/digest.js';
import type { SipRequest, SipResponse } from '../wire/message.ts';

/**
 * §22.2: the request again, with credentials for the challenge of a 401 or 407 and the next CSeq. `undefined` when
 * the challenge is none that the package can answer (it knows MD5 only).
 */
export function answerChallenge(
  request: SipRequest,
  refusal: SipResponse,
  user: string,
  password: string,
): SipRequest | undefined {
  const name = refusal.status === 407 ? 'proxy-authenticate' : 'www-authenticate';
  const challenge = refusal.headers[name]?.find(isMd5Digest);
  if (challenge === undefined) return undefined;
  const { seq, method } = request.headers.cseq;
  const signed: Request & SipRequest = {
    ...request,
    headers: { ...request.headers, cseq: { seq: seq + 1, method } },
  };
  try {
    const offered = { status: refusal.status, headers: { [name]: [challenge] } };
    signRequest(challenge.qop === undefined ? {} : { qop: 'auth' }, signed, offered, { user, password });
  } catch {
    return undefined;
  }
  return signed;
}

function isMd5Digest({ scheme, algorithm }: AuthParams): boolean {
  return scheme.toLowerCase() === 'digest' && /^"?md5(-sess)?"?$/i.test(algorithm ?? 'MD5');
}
