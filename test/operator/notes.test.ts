import { describe, expect, it } from 'vitest';
import type { MidRegistrarStatus } from '../../crds/midregistrar.ts';
import { storyOf } from '../../operator/notes.ts';

type Told = readonly [type: string, status: 'True' | 'False' | 'Unknown', reason: string];

const statusWith = (conditions: readonly Told[], address?: string): MidRegistrarStatus => ({
  conditions: conditions.map(([type, status, reason]) => ({
    type,
    status,
    reason,
    message: `${type} because of ${reason}`,
    lastTransitionTime: '2026-01-01T00:00:00Z',
  })),
  ...(address !== undefined && { address }),
});

const reasons = (from: MidRegistrarStatus | undefined, to: MidRegistrarStatus): readonly string[] =>
  storyOf(from, to).map(({ reason }) => reason);

describe('a condition that comes to hold', () => {
  it.each([
    ['Accepted', 'Accepted'],
    ['ResolvedRefs', 'RefsResolved'],
    ['Programmed', 'Programmed'],
    ['Available', 'Available'],
    ['UpstreamReachable', 'UpstreamUp'],
    ['Ready', 'Ready'],
  ])('of %s is told as %s', (type, reason) => {
    const [from, to] = [statusWith([[type, 'False', 'Trouble']]), statusWith([[type, 'True', 'Well']])];
    expect(storyOf(from, to)).toEqual([
      { type: 'Normal', reason, action: 'Observe', text: `${type} because of Well` },
    ]);
    expect(storyOf(to, to)).toEqual([]);
  });

  it('is no news in the first status, where nothing was ever wrong, but for Ready', () => {
    const first = statusWith([
      ['Accepted', 'True', 'Accepted'],
      ['Programmed', 'True', 'Programmed'],
      ['Ready', 'True', 'Ready'],
    ]);
    expect(reasons(undefined, first)).toEqual(['Ready']);
  });
});

describe('a condition that holds no more', () => {
  it.each([
    ['Accepted', 'InvalidSpec'],
    ['ResolvedRefs', 'RefsNotResolved'],
    ['Programmed', 'NotProgrammed'],
    ['Available', 'NotAvailable'],
    ['UpstreamReachable', 'UpstreamDown'],
  ])('of %s is told as %s, with a warning', (type, reason) => {
    const [from, to] = [statusWith([[type, 'True', 'Well']]), statusWith([[type, 'False', 'Trouble']])];
    expect(storyOf(from, to)).toEqual([
      { type: 'Warning', reason, action: 'Observe', text: `${type} because of Trouble` },
    ]);
    expect(storyOf(to, to)).toEqual([]);
  });

  it('is told again for another reason', () => {
    const [from, to] = [
      statusWith([['Programmed', 'False', 'AddressPending']]),
      statusWith([['Programmed', 'False', 'NotApplied']]),
    ];
    expect(reasons(from, to)).toEqual(['NotProgrammed']);
  });

  it('is told in the first status too', () => {
    expect(reasons(undefined, statusWith([['Accepted', 'False', 'Invalid']]))).toEqual(['InvalidSpec']);
  });

  it.each(['ConfigPending', 'Rolling', 'NoPodReady', 'NotKnownYet', 'NoProxy', 'ScaledToZero'])(
    'for %s is the ordinary course',
    (reason) => {
      const [from, to] = [
        statusWith([['Programmed', 'True', 'Programmed']]),
        statusWith([['Programmed', 'False', reason]]),
      ];
      expect(reasons(from, to)).toEqual([]);
      expect(reasons(to, from)).toEqual(['Programmed']);
    },
  );

  it('is not told where nothing is known, nor of Ready, which says what others say', () => {
    const from = statusWith([
      ['UpstreamReachable', 'True', 'Answers'],
      ['Ready', 'True', 'Ready'],
    ]);
    const to = statusWith([
      ['UpstreamReachable', 'Unknown', 'NotProbed'],
      ['Ready', 'False', 'Trouble'],
    ]);
    expect(reasons(from, to)).toEqual([]);
  });

  it.each(['Reconciling', 'Stalled', 'SomethingNew'])('of %s is others’ to tell', (type) => {
    const [from, to] = [statusWith([[type, 'False', 'Settled']]), statusWith([[type, 'True', 'Trouble']])];
    expect([...reasons(from, to), ...reasons(to, from)]).toEqual([]);
  });
});

describe('the address', () => {
  it('is told where it has come or changed, before all else', () => {
    const from = statusWith([['Programmed', 'False', 'AddressPending']]);
    const to = statusWith([['Programmed', 'True', 'Programmed']], '203.0.113.9:5060');
    expect(storyOf(from, to)[0]).toEqual({
      type: 'Normal',
      reason: 'AddressAssigned',
      action: 'Resolve',
      text: 'phones reach it at 203.0.113.9:5060',
    });
    expect(reasons(to, statusWith([], '203.0.113.10:5060'))).toEqual(['AddressAssigned']);
  });

  it('is no news in the first status, nor where it is not known any more', () => {
    const with_ = statusWith([], '203.0.113.9:5060');
    expect(reasons(undefined, with_)).toEqual([]);
    expect(reasons(with_, statusWith([]))).toEqual([]);
  });
});
