import { describe, expect, it } from 'vitest';
import { composeAck, composeCancel, composeResponse, reasonPhrase } from '../../../sidecar/wire/compose.ts';
import { Header } from '../../../sidecar/wire/header.ts';
import { fault, read, register, text } from './sample.ts';

const invite = text(
  [
    'INVITE sip:bob@192.0.2.9;x=1 SIP/2.0',
    'Via: SIP/2.0/UDP us.test;branch=z9hG4bKus, SIP/2.0/UDP 192.0.2.7;branch=z9hG4bKa',
    'v: SIP/2.0/TCP far.test;branch=z9hG4bKb',
    'Route: <sip:r1.test;lr>',
    'Route: <sip:r2.test;lr>',
    'Max-Forwards: 68',
    'Timestamp: 54',
    'From: <sip:alice@pbx.test>;tag=a1',
    'To: Bob',
    ' <sip:bob@pbx.test>',
    'Call-ID: c1',
    'CSeq: 314 INVITE',
    'Contact: <sip:alice@192.0.2.7>',
    'Content-Length: 3',
  ],
  'v=0',
);

describe('a response made by us', () => {
  const request = read(invite);

  it('has all Vias, From, To with our tag, Call-ID and CSeq as received, and the extra lines', () => {
    expect(composeResponse(request, 480, 'Temporarily Unavailable', 'us1', 'Retry-After: 5\r\n')).toBe(
      text([
        'SIP/2.0 480 Temporarily Unavailable',
        'Via: SIP/2.0/UDP us.test;branch=z9hG4bKus, SIP/2.0/UDP 192.0.2.7;branch=z9hG4bKa',
        'v: SIP/2.0/TCP far.test;branch=z9hG4bKb',
        'From: <sip:alice@pbx.test>;tag=a1',
        'To: Bob',
        ' <sip:bob@pbx.test>;tag=us1',
        'Call-ID: c1',
        'CSeq: 314 INVITE',
        'Retry-After: 5',
        'Content-Length: 0',
      ]),
    );
  });

  it('reads back as the response to its request', () => {
    const response = read(composeResponse(request, 404, 'Not Found', 't'));
    expect([response.status, response.method, response.callId()]).toEqual([404, 'INVITE', 'c1']);
    expect(response.values(Header.Via)).toEqual(request.values(Header.Via));
    expect(response.to()?.params).toBe(';tag=t');
  });

  it('of 100 has no tag from us and gives the Timestamp back (§8.2.6)', () => {
    const trying = read(composeResponse(request, 100, 'Trying', 'us1'));
    expect([trying.to()?.params, trying.value(Header.Timestamp)]).toEqual(['', '54']);
    expect(read(composeResponse(request, 200, 'OK', '')).has(Header.Timestamp)).toBe(false);
  });

  it('leaves a To that has a tag, and puts the tag behind one without brackets', () => {
    const within = read(invite.replace('<sip:bob@pbx.test>', '<sip:bob@pbx.test>;Tag=b'));
    expect(read(composeResponse(within, 481, 'x', 'us1')).to()?.params).toBe(';Tag=b');
    const bare = read(invite.replace('Bob\r\n <sip:bob@pbx.test>', 'sip:bob@pbx.test'));
    expect(read(composeResponse(bare, 404, 'x', 'us1')).to()).toMatchObject({
      uri: 'sip:bob@pbx.test',
      params: ';tag=us1',
    });
  });

  it('answers a malformed request with what it has', () => {
    const { message, malformed } = fault(register({ without: ['Call-ID', 'To'], with: ['To: "open'] }));
    const answer = composeResponse(message!, 400, malformed, 'us1');
    expect(answer).toContain('To: "open\r\n');
    expect(answer.startsWith('SIP/2.0 400 Missing Call-ID\r\nVia: SIP/2.0/UDP 192.0.2.7')).toBe(true);
  });
});

describe('ACK and CANCEL', () => {
  const sent = read(invite);

  it("an ACK has the INVITE's Request-URI, top Via alone, Routes and CSeq number, and the response's To (§17.1.1.3)", () => {
    const response = read(composeResponse(sent, 486, 'Busy Here', 'b7'));
    const ack = read(composeAck(sent, response));
    expect([ack.method, ack.requestUri, ack.callId(), ack.body]).toEqual([
      'ACK',
      'sip:bob@192.0.2.9;x=1',
      'c1',
      '',
    ]);
    expect(ack.values(Header.Via)).toEqual(['SIP/2.0/UDP us.test;branch=z9hG4bKus']);
    expect(ack.values(Header.Route)).toEqual(['<sip:r1.test;lr>', '<sip:r2.test;lr>']);
    expect([ack.cseq()?.number, ack.to()?.params, ack.value(Header.From)]).toEqual([
      314,
      ';tag=b7',
      '<sip:alice@pbx.test>;tag=a1',
    ]);
  });

  it("a CANCEL has the request's To without a tag of the other side (§9.1)", () => {
    const cancel = read(composeCancel(sent));
    expect([cancel.method, cancel.requestUri, cancel.to()?.params]).toEqual([
      'CANCEL',
      'sip:bob@192.0.2.9;x=1',
      '',
    ]);
    expect(cancel.values(Header.Via)).toEqual(['SIP/2.0/UDP us.test;branch=z9hG4bKus']);
  });
});

it('a reason phrase is that of the RFC, and there is one for any code', () => {
  expect([reasonPhrase(100), reasonPhrase(404), reasonPhrase(699)]).toEqual([
    'Trying',
    'Not Found',
    'Unknown',
  ]);
});
