import { describe, expect, it } from 'vitest';
import { askedSeconds, grantedSeconds, localExpiry } from '../../../sidecar/registrar/expiry.ts';
import { read } from '../../support/sip-text.ts';

const MOST = 2 ** 31 - 1;
const response = (expires?: string) =>
  read(
    `SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>;tag=2\r\nCall-ID: c\r\nCSeq: 1 REGISTER\r\n${
      expires === undefined ? '' : `Expires: ${expires}\r\n`
    }Content-Length: 0\r\n\r\n`,
  );

describe('how long a contact asks to live', () => {
  it.each([
    [';expires=60', '120', 60, 'its own parameter first'],
    ['', '120', 120, 'then the Expires header'],
    ['', undefined, 3600, 'then an hour'],
    [';expires=abc', '120', 3600, 'a malformed parameter is an hour (§10.2.1.1)'],
    ['', 'soon', 3600, 'and so is a malformed header'],
    [';expires=-5', undefined, 3600, 'a negative one is malformed'],
    [';expires=0', '120', 0, 'zero is a removal'],
    [';expires=99999999999999999999', undefined, MOST, 'an absurd one is bounded'],
    [';expires=4294967295', undefined, MOST, 'and so is the largest that the grammar has'],
    [';expires="60"', undefined, 60, 'quotes do not matter'],
    [';EXPIRES=60', undefined, 60, 'nor does case'],
  ])('by %j and Expires %j is %i: %s', (params, header, seconds, _why) => {
    expect(askedSeconds(params, header)).toBe(seconds);
  });
});

describe('how long the PBX has granted', () => {
  it.each([
    [';expires=60', '120', 3600, 60, 'the parameter of its Contact first'],
    ['', '120', 3600, 120, 'then its Expires header'],
    ['', undefined, 600, 600, 'then what was asked for'],
    [';expires=abc', '120', 3600, 120, 'what can not be read says nothing'],
    [';expires=-1', undefined, 600, 600, 'nor does a negative one'],
    [';expires=99999999999', undefined, 600, MOST, 'an absurd one is bounded'],
  ])('by %j and Expires %j, asked %i, is %i: %s', (params, header, asked, seconds, _why) => {
    expect(grantedSeconds(params, response(header), asked)).toBe(seconds);
  });
});

it('ends here before it ends at the PBX, but not at once', () => {
  expect(localExpiry(60, 1_000)).toBe(59_000);
  expect(localExpiry(2, 1_000)).toBe(2_000);
  expect(localExpiry(1, 1_000)).toBe(2_000);
});
