import { describe, expect, it } from 'vitest';
import { Header } from '../../../sidecar/wire/header.ts';
import { policyWith, registered, registerOf, shown, take } from './support.ts';

const DESK = '<sip:u1@192.0.2.7:5062>';

describe('what the phone is told of its registration', () => {
  it('is its own contact with the PBX’s parameters: expiry, GRUUs and all', () => {
    const { answer } = take(registerOf([`Contact: "Desk" ${DESK};q=0.5`]), (intent) => [
      `Contact: ${shown(intent)};q=0.5;expires=120;pub-gruu="sip:u1@pbx.test;gr=1";temp-gruu="sip:t@pbx.test;gr"`,
    ]);
    expect(answer.value(Header.Contact)).toBe(
      `"Desk" ${DESK};q=0.5;expires=120;pub-gruu="sip:u1@pbx.test;gr=1";temp-gruu="sip:t@pbx.test;gr"`,
    );
  });

  it('is all contacts of the user: ours as their phones wrote them, foreign ones as the PBX did', () => {
    const mobile = registered('<sip:u1@192.0.2.8;ob>');
    const foreign = '"Office"  <sip:u1@198.51.100.9>;expires=60;x="a, b"';
    const { answer } = take(
      registerOf([`Contact: ${DESK}`]),
      (intent) => [
        `m: <sip:${mobile[0]?.token}@203.0.113.5:5060>;expires=30, ${foreign}`,
        `Contact: ${shown(intent)};expires=60`,
      ],
      mobile,
    );
    expect(answer.values(Header.Contact)).toEqual([
      `<sip:u1@192.0.2.8;ob>;expires=30, ${foreign}`,
      `${DESK};expires=60`,
    ]);
  });

  it('keeps lines that hold nothing of ours byte for byte', () => {
    const line = 'Contact:   <sip:u1@198.51.100.9>;expires=60 ,\r\n <sip:u1@198.51.100.10>;expires=9';
    const { answer } = take(registerOf([]), () => [
      line,
      'Service-Route: <sip:pbx;lr>',
      'Date: today',
      'X-Odd:  y ',
    ]);
    for (const kept of [line, 'Service-Route: <sip:pbx;lr>', 'Date: today', 'X-Odd:  y '])
      expect(answer.text).toContain(`${kept}\r\n`);
  });

  it('has an expiry at each of its contacts, also where the PBX gave only a header, and the header agrees', () => {
    const { answer } = take(registerOf([`Contact: ${DESK}`, 'Expires: 3600']), (intent) => [
      `Contact: ${shown(intent)}`,
      'Expires: 120',
    ]);
    expect(answer.value(Header.Contact)).toBe(`${DESK};expires=120`);
    expect(answer.value(Header.Expires)).toBe('120');
  });

  it('has an Expires header that says what the contact says', () => {
    const { answer } = take(registerOf([`Contact: ${DESK}`]), (intent) => [
      `Contact: ${shown(intent)};expires=120`,
      'Expires: 3600',
    ]);
    expect(answer.value(Header.Expires)).toBe('120');
  });

  it('has no Expires header where its contacts differ', () => {
    const { answer } = take(registerOf([`Contact: ${DESK}, <sip:u1@192.0.2.9>`]), (intent) => [
      `Contact: ${shown(intent)};expires=120, ${shown(intent, 1)};expires=60`,
      'Expires: 3600',
    ]);
    expect(answer.has(Header.Expires)).toBe(false);
  });

  it('is the same where the REGISTER was too late to be taken over', () => {
    const newer = registered(DESK, [], { callId: 'c1', cseq: 9 });
    const { answer, stale } = take(
      registerOf([`Contact: ${DESK}`]),
      (intent) => [`Contact: ${shown(intent)};expires=120`],
      newer,
    );
    expect(stale).toBe(true);
    expect(answer.value(Header.Contact)).toBe(`${DESK};expires=120`);
  });
});

describe('a Path in the answer (RFC 3327 §5.3)', () => {
  const policy = policyWith({ insertion: 'Path' });
  const answering = (headers: string[]) =>
    take(
      registerOf([`Contact: ${DESK}`, ...headers]),
      () => [`Contact: ${DESK};expires=60`, 'Path: <sip:us;lr>'],
      [],
      policy,
    );

  it('is shown to a phone that said it understands it', () => {
    expect(answering(['Supported: gruu, path']).answer.value(Header.Path)).toBe('<sip:us;lr>');
    expect(answering(['k: Path']).answer.has(Header.Path)).toBe(true);
  });

  it('is kept from one that did not, which gets its 200 all the same', () => {
    const { answer, bindings } = answering([]);
    expect(answer.has(Header.Path)).toBe(false);
    expect(bindings).toHaveLength(1);
  });

  it('is that of the proxies in front of us where it has not been up', () => {
    const { answer } = take(
      registerOf([`Contact: ${DESK}`, 'Path: <sip:edge;lr>', 'Supported: path']),
      (intent) => [`Contact: ${shown(intent)};expires=60`],
    );
    expect(answer.value(Header.Path)).toBe('<sip:edge;lr>');
  });
});
