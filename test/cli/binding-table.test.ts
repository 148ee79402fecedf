import { describe, expect, it } from 'vitest';
import { readBindings, renderBindings } from '../../cli/binding-table.ts';

const u1 = {
  aor: 'u1@pbx.test',
  contacts: [
    {
      uri: 'sip:u1@192.0.2.7:5062',
      expiresInSeconds: 1790,
      transport: 'UDP',
      remote: '192.0.2.7:5062',
      foreign: false,
      upstream: 'pbx',
      acceptedAt: '2026-11-24T15:11:02.000Z',
    },
    { uri: 'sip:u1@203.0.113.4', expiresInSeconds: 60, foreign: true },
  ],
};

describe('the table of bindings', () => {
  it('has a row for each contact, by address of record', () => {
    expect(
      renderBindings([u1, { aor: 'a@pbx.test', contacts: [{ uri: 'sip:a@h', expiresInSeconds: 5 }] }]),
    ).toEqual([
      'AOR           CONTACT                 EXPIRES   FLOW                 UPSTREAM   SINCE',
      'a@pbx.test    sip:a@h                 5s        -                    -          -',
      'u1@pbx.test   sip:u1@192.0.2.7:5062   29m50s    UDP 192.0.2.7:5062   pbx        2026-11-24T15:11:02.000Z',
      'u1@pbx.test   sip:u1@203.0.113.4      1m        foreign              -          -',
    ]);
  });

  it('says so when nobody is registered', () => {
    expect(renderBindings([])).toEqual(['nobody is registered']);
  });

  it('is read from an answer that has bindings, and from nothing else', () => {
    expect(readBindings({ bindings: [u1], total: 1 })).toEqual([u1]);
    for (const other of [null, 'x', {}, { bindings: {} }, { bindings: [null] }, { bindings: [{ aor: 1 }] }])
      expect(readBindings(other)).toBeUndefined();
  });
});
