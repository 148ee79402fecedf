import { describe, expect, it } from 'vitest';
import { type ContactView, readBindings, renderBindings } from '../../cli/binding-table.ts';

const contact: ContactView = {
  uri: 'sip:u1@192.0.2.7:5062',
  expiresInSeconds: 1790,
  transport: 'UDP',
  remote: '192.0.2.7:5062',
  foreign: false,
  reachable: true,
  upstream: 'pbx',
  acceptedAt: '2026-11-24T15:11:02.000Z',
};
const foreign = { ...contact, uri: 'sip:u1@203.0.113.4', transport: null, remote: null, foreign: true };
const gone = { ...contact, uri: 'sip:a@192.0.2.8', transport: 'TCP', reachable: false, expiresInSeconds: 60 };
const u1 = { aor: 'u1@pbx.test', contacts: [contact, foreign] };
const a = { aor: 'a@pbx.test', contacts: [gone] };

describe('the table of bindings', () => {
  it('has a row for each contact, by address of record', () => {
    expect(renderBindings([u1, a]).map((line) => line.split(/ {2,}/))).toEqual([
      ['AOR', 'CONTACT', 'EXPIRES', 'FLOW', 'UPSTREAM', 'SINCE'],
      ['a@pbx.test', gone.uri, '1m', 'TCP 192.0.2.7:5062 (gone)', 'pbx', contact.acceptedAt],
      ['u1@pbx.test', contact.uri, '29m50s', 'UDP 192.0.2.7:5062', 'pbx', contact.acceptedAt],
      ['u1@pbx.test', foreign.uri, '29m50s', 'foreign', 'pbx', contact.acceptedAt],
    ]);
  });

  it('says so when nobody is registered', () => {
    expect(renderBindings([])).toEqual(['nobody is registered']);
  });

  it('is read from an answer that has bindings, and from nothing else', () => {
    expect(readBindings({ bindings: [u1], next: 'x' })).toEqual({ bindings: [u1], next: 'x' });
    for (const other of [null, 'x', {}, { bindings: {} }, { bindings: [null] }, { bindings: [{ aor: 1 }] }])
      expect(readBindings(other)).toBeUndefined();
  });
});
