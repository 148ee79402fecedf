import { describe, expect, it } from 'vitest';
import { forwardRequest, localUser, takeOwnRoute } from '../../../demo/pbx/forward.ts';
import type { OptionalHeaders, SipRequest } from '../../../demo/wire/message.ts';
import { registerRequest } from './request.ts';

const SELF = { address: '127.0.0.1', port: 5070 };
const routeTo = (host: string, port: number) => ({
  uri: { schema: 'sip', user: undefined, host, port, params: { lr: null } },
  params: {},
});

function inviteRequest(headers: OptionalHeaders = {}): SipRequest {
  const { contact: _, ...others } = registerRequest([]).headers;
  const cseq = { seq: 1, method: 'INVITE' };
  return {
    ...registerRequest([]),
    method: 'INVITE',
    uri: 'sip:bob@pbx.test',
    headers: { ...others, cseq, ...headers },
  };
}

describe('the forwarding of the demo PBX', () => {
  it('goes to the contact itself, with its own Via and Record-Route on top', () => {
    const target = { contact: 'sip:bob@192.0.2.7:5062', path: [] };
    const outgoing = forwardRequest(inviteRequest({ 'max-forwards': '10' }), SELF, 'z9hG4bKnew', target);
    expect(outgoing?.hop).toEqual({ address: '192.0.2.7', port: 5062 });
    expect(outgoing?.message.uri).toBe('sip:bob@192.0.2.7:5062');
    expect(outgoing?.message.headers['max-forwards']).toBe('9');
    expect(outgoing?.message.headers.via.map(({ params }) => params.branch)).toEqual([
      'z9hG4bKnew',
      'z9hG4bKx',
    ]);
    expect(outgoing?.message.headers['record-route']).toEqual([routeTo('127.0.0.1', 5070)]);
  });

  it('goes by the Path of the registration, with the contact as Request-URI', () => {
    const path = [routeTo('192.0.2.1', 5060)];
    const target = { contact: 'sip:bob@10.0.0.9:5062', path };
    const outgoing = forwardRequest(inviteRequest(), SELF, 'z9hG4bKnew', target);
    expect(outgoing?.hop).toEqual({ address: '192.0.2.1', port: 5060 });
    expect(outgoing?.message).toMatchObject({ uri: 'sip:bob@10.0.0.9:5062', headers: { route: path } });
  });

  it('hands on no credentials for its own realm', () => {
    const target = { contact: 'sip:bob@192.0.2.7', path: [] };
    const credentials = [{ scheme: 'Digest', realm: '"pbx.test"' }];
    const request = inviteRequest({ 'proxy-authorization': credentials });
    const outgoing = forwardRequest(request, SELF, 'z9hG4bKnew', target);
    expect(outgoing?.message.headers['proxy-authorization']).toBeUndefined();
  });

  it('takes off its own Route entry and no other', () => {
    const next = routeTo('192.0.2.1', 5060);
    const own = takeOwnRoute(inviteRequest({ route: [routeTo('127.0.0.1', 5070), next] }), SELF);
    expect(own).toMatchObject({ wasRouted: true, request: { headers: { route: [next] } } });
    expect(takeOwnRoute(inviteRequest({ route: [next] }), SELF).wasRouted).toBe(false);
  });

  it.each([
    ['sip:bob@pbx.test', 'bob'],
    ['sip:bob@PBX.test', 'bob'],
    ['sip:bob@127.0.0.1:5070', 'bob'],
    ['sip:bob@elsewhere.test', undefined],
    ['tel:+4930', undefined],
  ])('takes %s for the user %s', (uri, user) => {
    expect(localUser(uri, 'pbx.test', SELF)).toBe(user);
  });
});
