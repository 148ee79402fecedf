import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { param } from '../../../sidecar/wire/uri.ts';
import { read, register, text } from './sample.ts';

/** What npm `sip`, whose parser shares nothing with ours, makes of a message; the package has no type declarations. */
interface Other {
  readonly method?: string;
  readonly uri?: string;
  readonly status?: number;
  readonly headers: {
    readonly from: { readonly uri: string; readonly params: { readonly tag?: string } };
    readonly to: { readonly uri: string; readonly params: { readonly tag?: string } };
    readonly via: readonly {
      readonly host: string;
      readonly port?: number;
      readonly params: { readonly branch?: string };
    }[];
    readonly cseq: { readonly seq: number; readonly method: string };
    readonly 'call-id': string;
  };
}
const sip = createRequire(import.meta.url)('sip') as { parse(text: string): Other };

const request = (method: string, uri: string, ...extra: string[]) =>
  text([
    `${method} ${uri} SIP/2.0`,
    'Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKtop;rport',
    'Via: SIP/2.0/TCP far.test;branch=z9hG4bKfar;received=198.51.100.1',
    'From: "Bob \\"B\\" Bell" <sip:bob@pbx.test>;tag=fr-1',
    'To: Carol <sip:carol@pbx.test>',
    'Call-ID: 4-2@192.0.2.1',
    `CSeq: 102 ${method}`,
    'Max-Forwards: 70',
    ...extra,
    'Content-Length: 0',
  ]);

describe('npm sip reads the same as we do', () => {
  it.each([
    ['a REGISTER', register()],
    ['an INVITE', request('INVITE', 'sip:carol@pbx.test;user=phone', 'Contact: <sip:bob@192.0.2.1>')],
    ['an ACK', request('ACK', 'sip:carol@192.0.2.8:5066', 'Route: <sip:r.test;lr>')],
    ['a BYE', request('BYE', 'sip:carol@192.0.2.8:5066;transport=tcp')],
    ['a CANCEL', request('CANCEL', 'sip:carol@pbx.test')],
    ['an OPTIONS', request('OPTIONS', 'sip:pbx.test', 'Accept: application/sdp')],
    ['a SUBSCRIBE', request('SUBSCRIBE', 'sip:carol@pbx.test', 'Event: presence', 'Expires: 600')],
    ['a NOTIFY', request('NOTIFY', 'sip:bob@192.0.2.1', 'Event: presence', 'Subscription-State: active')],
    ['a MESSAGE', request('MESSAGE', 'sip:carol@pbx.test', 'Content-Type: text/plain')],
    ['an unknown method', request('X-NEW', 'sip:carol@pbx.test')],
    [
      'compact forms',
      request('INFO', 'sip:carol@pbx.test').replace('From', 'f').replace('To', 't').replaceAll('Via', 'v'),
    ],
    [
      'a 200',
      request('INVITE', 'sip:x')
        .replace(/^.*/, 'SIP/2.0 200 OK')
        .replace('test>\r\nCall', 'test>;tag=t9\r\nCall'),
    ],
    [
      'a 401',
      register({ with: ['WWW-Authenticate: Digest realm="a", nonce="b"'] }).replace(/^.*/, 'SIP/2.0 401 No'),
    ],
  ])('of %s', (_, received) => {
    const ours = read(received);
    const theirs = sip.parse(received);
    const { headers } = theirs;
    const via = ours.topVia()!;
    expect(ours.isRequest ? [ours.method, ours.requestUri] : ours.status).toEqual(
      ours.isRequest ? [theirs.method, theirs.uri] : theirs.status,
    );
    expect([via.host, via.port, via.branch]).toEqual([
      headers.via[0]!.host,
      headers.via[0]!.port,
      headers.via[0]!.params.branch,
    ]);
    expect([ours.from()!.uri, param(ours.from()!.params, 'tag')]).toEqual([
      headers.from.uri,
      headers.from.params.tag,
    ]);
    expect([ours.to()!.uri, param(ours.to()!.params, 'tag')]).toEqual([
      headers.to.uri,
      headers.to.params.tag,
    ]);
    expect([ours.cseq()!.number, ours.cseq()!.method, ours.callId()]).toEqual([
      headers.cseq.seq,
      headers.cseq.method,
      headers['call-id'],
    ]);
  });
});
