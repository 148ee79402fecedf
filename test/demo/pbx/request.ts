import type { OptionalHeaders, SipRequest } from '../../../demo/wire/message.ts';

/** A REGISTER of alice's as a phone would send it, without credentials. */
export function registerRequest(
  contacts: string[],
  { callId = 'one', seq = 1, ...headers }: OptionalHeaders & { callId?: string; seq?: number } = {},
): SipRequest {
  return {
    method: 'REGISTER',
    uri: 'sip:pbx.test',
    version: '2.0',
    headers: {
      via: [{ version: '2.0', protocol: 'UDP', host: '127.0.0.1', port: 9, params: { branch: 'z9hG4bKx' } }],
      from: { uri: 'sip:alice@pbx.test', params: { tag: 'f' } },
      to: { uri: 'sip:alice@pbx.test', params: {} },
      'call-id': callId,
      cseq: { seq, method: 'REGISTER' },
      contact: contacts.map((uri) => ({ uri, params: {} })),
      ...headers,
    },
    content: '',
  };
}
