import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LoopMarks } from '../../../sidecar/proxy/loop.ts';
import { OwnAddresses } from '../../../sidecar/proxy/own.ts';
import type { SipMessage } from '../../../sidecar/wire/message.ts';
import { type RequestText, read, requestText } from '../../support/sip-text.ts';
import { LISTENERS } from '../../support/world.ts';

const own = new OwnAddresses(LISTENERS);
const marks = new LoopMarks('seed');

const INVITE: RequestText & { readonly branch: string } = {
  method: 'INVITE',
  uri: 'sip:bob@pbx.test',
  callId: 'c1',
  branch: 'z9hG4bKphone',
};

/** The same request for each call: tests change one thing of it. */
const invite = (change: (text: string) => string = (text) => text): SipMessage =>
  read(change(requestText(INVITE).replace(/tag=f\d+/, 'tag=f1')));

/** It comes back from the PBX with our Via, of that branch, below the PBX's own. */
const back = (request: SipMessage, branch: string, sentBy = 'sip.example.com:5060'): SipMessage =>
  read(
    request.text.replace(
      '\r\n',
      `\r\nVia: SIP/2.0/UDP 198.51.100.1:5070;branch=z9hG4bKpbx\r\nVia: SIP/2.0/UDP ${sentBy};branch=${branch}\r\n`,
    ),
  );

const hasLooped = (request: SipMessage, branch: string, fromUpstream = true): boolean =>
  marks.hasLooped(back(request, branch), fromUpstream, own);

describe('a request that has been here before', () => {
  const branch = marks.branch(invite(), true, 'unique1');

  it('has looped if it is as it was then', () => {
    expect(branch).toMatch(/^z9hG4bKunique1[0-9a-v]{6}$/);
    expect(hasLooped(invite(), branch)).toBe(true);
  });

  it('has looped whatever its method is, for a CANCEL and an ACK have the branch of their INVITE', () => {
    const ack = invite((text) => text.replace(/^INVITE/, 'ACK').replace('CSeq: 1 INVITE', 'CSeq: 1 ACK'));
    expect(hasLooped(ack, branch)).toBe(true);
  });

  it.each<[string, (text: string) => string]>([
    ['Request-URI', (text) => text.replace('INVITE sip:bob@pbx.test', 'INVITE sip:carol@pbx.test')],
    ['Route', (text) => text.replace('Max-Forwards', 'Route: <sip:198.51.100.1;lr>\r\nMax-Forwards')],
    ['To tag', (text) => text.replace(/(To: .*)/, '$1;tag=t1')],
    ['From tag', (text) => text.replace('tag=f1', 'tag=f2')],
    ['Call-ID', (text) => text.replace('Call-ID: c1', 'Call-ID: c2')],
    ['CSeq number', (text) => text.replace('CSeq: 1', 'CSeq: 2')],
  ])('spirals if it has another %s', (_what, change) => {
    expect(hasLooped(invite(change), branch)).toBe(false);
  });

  it('spirals if it comes from the other side', () => {
    expect(hasLooped(invite(), branch, false)).toBe(false);
  });

  it('is not taken for one by the Via of another host or port, nor by another process’s mark', () => {
    const elsewhere = (sentBy: string): boolean => marks.hasLooped(back(invite(), branch, sentBy), true, own);
    expect(elsewhere('sip.example.org:5060')).toBe(false);
    expect(elsewhere('sip.example.com:5061')).toBe(false);
    expect(hasLooped(invite(), new LoopMarks('other').branch(invite(), true, 'unique1'))).toBe(false);
  });

  it('is found however many Vias are on top, and in one line with others', () => {
    const many = Array.from({ length: 60 }, (_, i) => `SIP/2.0/UDP 192.0.2.${i};branch=z9hG4bK${i}`);
    const via = `${many.join(', ')}, SIP/2.0/UDP SIP.example.com : 5060 ;branch=${branch}`;
    const text = invite().text.replace('\r\n', `\r\nVia: ${via}\r\n`);
    expect(marks.hasLooped(read(text), true, own)).toBe(true);
  });

  it('is not asked for while it has one Via', () => {
    expect(marks.hasLooped(invite(), true, own)).toBe(false);
  });
});

it('no two different requests have one mark', () => {
  const part = fc.stringMatching(/^[a-z0-9]{1,12}$/);
  const request = fc.record({ user: part, callId: part, tag: part, cseq: fc.nat(1e6), isUp: fc.boolean() });
  type Parts = typeof request extends fc.Arbitrary<infer R> ? R : never;
  const markOf = ({ user, callId, tag, cseq, isUp }: Parts): string => {
    const text = requestText({ ...INVITE, uri: `sip:${user}@pbx.test`, callId, cseq });
    return marks.branch(read(text.replace(/tag=f\d+/, `tag=${tag}`)), isUp, '').slice(-6);
  };
  fc.assert(
    fc.property(request, request, (a, b) => {
      const isSame = JSON.stringify(a) === JSON.stringify(b);
      expect(markOf(a) === markOf(b)).toBe(isSame);
    }),
    { numRuns: 300 },
  );
});
