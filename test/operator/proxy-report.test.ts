import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readReport } from '../../operator/proxy-report.ts';

const ANSWER = {
  version: '1.2.3',
  ready: true,
  draining: false,
  resource: { sha256: 'abc', refused: 'port 5060 is in use' },
  bindings: 3,
  aors: 2,
  upstreams: [
    {
      name: 'pbx',
      host: '192.0.2.20',
      port: 5060,
      state: 'Down',
      since: '2026-01-01T00:00:00.000Z',
      addresses: [
        { address: 'UDP 192.0.2.20:5060', state: 'Up' },
        { address: 'UDP 192.0.2.21:5060', state: 'Down', fault: 'it can not be reached (refused)' },
      ],
    },
  ],
  tokenKey: { fault: 'there is no such file' },
  certificateFaults: ['Secret sip-tls is missing', 'another'],
};

describe('what a proxy says of itself', () => {
  it('is read field by field', () => {
    expect(readReport(ANSWER)).toEqual({
      version: '1.2.3',
      ready: true,
      draining: false,
      configHash: 'abc',
      refusal: 'port 5060 is in use',
      contacts: 3,
      aors: 2,
      upstreams: [
        {
          name: 'pbx',
          host: '192.0.2.20',
          port: 5060,
          state: 'Down',
          since: '2026-01-01T00:00:00.000Z',
          addresses: 2,
          addressesUp: 1,
          fault: 'it can not be reached (refused)',
        },
      ],
      tokenKeyFault: 'there is no such file',
      certificateFault: 'Secret sip-tls is missing',
    });
  });

  it('may lack whatever another version does not tell', () => {
    expect(readReport({ version: '0.1.0', ready: false })).toEqual({
      version: '0.1.0',
      ready: false,
      draining: false,
      configHash: '',
      refusal: '',
      contacts: 0,
      aors: 0,
      upstreams: [],
      tokenKeyFault: '',
      certificateFault: '',
    });
  });

  it('knows no state that it does not know', () => {
    const upstreams = [{ name: 'pbx', state: 'Sideways', since: 7 }];
    expect(readReport({ ...ANSWER, upstreams })?.upstreams).toEqual([
      {
        name: 'pbx',
        host: '',
        port: 0,
        state: 'Unknown',
        since: undefined,
        addresses: 0,
        addressesUp: 0,
        fault: '',
      },
    ]);
  });

  it('is bounded, whatever it sends', () => {
    const report = readReport({
      ...ANSWER,
      resource: { sha256: 'x'.repeat(1e6), refused: 'y'.repeat(1e6) },
      upstreams: Array.from({ length: 1000 }, () => ({})),
    });
    expect(report?.configHash).toHaveLength(1000);
    expect(report?.refusal).toHaveLength(1000);
    expect(report?.upstreams).toHaveLength(16);
  });

  it('is none where it is no such answer, and never throws', () => {
    fc.assert(fc.property(fc.anything(), (value) => readReport(value) === undefined));
    fc.assert(
      fc.property(fc.anything(), fc.anything(), fc.anything(), (resource, upstreams, tokenKey) => {
        expect(readReport({ ...ANSWER, resource, upstreams, tokenKey })).toHaveProperty('version', '1.2.3');
      }),
    );
  });
});
