import { createHash } from 'node:crypto';
import { DOMAIN, secretOf } from '../../support/peers/pbx.ts';
import type { Stage } from '../../support/peers/stage.ts';
import { type RequestParts, unique } from './party.ts';
import type { ScriptedPhone } from './phone.ts';
import { paramOf, type Sip, uriOf } from './sip.ts';

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

/** What a phone shows to who asks for it by 401 or 407 (RFC 3261 §22, RFC 2617 §3.2.2 with qop=auth). */
const credentials = (challenge: Sip, method: string, uri: string, user: string): string => {
  const isProxy = challenge.status === 407;
  const asked = `;${challenge
    .header(isProxy ? 'Proxy-Authenticate' : 'WWW-Authenticate')
    .replace(/^Digest /, '')
    .replaceAll(',', ';')}`;
  const [realm, nonce] = [paramOf(asked, 'realm'), paramOf(asked, 'nonce')];
  const cnonce = unique();
  const secret = md5(`${user}:${realm}:${secretOf(user)}`);
  const response = md5(`${secret}:${nonce}:00000001:${cnonce}:auth:${md5(`${method}:${uri}`)}`);
  const shown = { username: user, realm, nonce, uri, response, cnonce };
  const quoted = Object.entries(shown).map(([name, value]) => `${name}="${value}"`);
  const name = isProxy ? 'Proxy-Authorization' : 'Authorization';
  return `${name}: Digest ${quoted.join(', ')}, algorithm=MD5, qop=auth, nc=00000001`;
};

/** A failure of an INVITE is acknowledged within its transaction (RFC 3261 §17.1.1.3). */
const acknowledge = (phone: ScriptedPhone, sent: Sip, answer: Sip): void =>
  void phone.send({
    method: 'ACK',
    uri: sent.uri,
    branch: sent.branch,
    from: uriOf(sent.header('From')),
    fromTag: paramOf(sent.header('From'), 'tag'),
    to: uriOf(sent.header('To')),
    toTag: paramOf(answer.header('To'), 'tag'),
    callId: sent.header('Call-ID'),
    cseq: sent.cseq,
  });

/** Sends a request, and sends it again with the credentials that it is asked for; returns the latter. */
export async function sendAuthorized(phone: ScriptedPhone, parts: RequestParts): Promise<Sip> {
  const again = { callId: unique(), fromTag: unique(), ...parts };
  const sent = phone.send(again);
  const challenge = await phone.response(sent);
  if (challenge.status !== 401 && challenge.status !== 407)
    throw new Error(`${phone.user} was not asked for a password:\n${challenge.text}`);
  if (parts.method === 'INVITE') acknowledge(phone, sent, challenge);
  const shown = credentials(challenge, parts.method, parts.uri, phone.user);
  return phone.send({ ...again, cseq: sent.cseq + 1, headers: [...(parts.headers ?? []), shown] });
}

/** Registers with the password that it is asked for, and de-registers when the stage closes, if its connection is there by then. */
export async function registerAuthorized(stage: Stage, phone: ScriptedPhone): Promise<ScriptedPhone> {
  const callId = unique();
  let isOpen = true;
  void phone.wire.closed.then(() => {
    isOpen = false;
  });
  const register = async (expires: number, cseq: number): Promise<Sip> => {
    const headers = [`Contact: <${phone.contact}>`, `Expires: ${expires}`];
    const parts = { method: 'REGISTER', uri: `sip:${DOMAIN}`, from: phone.uri, headers, callId, cseq };
    return phone.response(await sendAuthorized(phone, parts));
  };
  const answer = await register(300, 1);
  if (answer.status !== 200) throw new Error(`${phone.user} was not registered:\n${answer.text}`);
  stage.onClose(() => (isOpen ? register(0, 3) : undefined));
  return phone;
}
