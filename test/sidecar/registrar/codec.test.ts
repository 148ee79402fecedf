import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Binding } from '../../../sidecar/registrar/binding.ts';
import {
  decodeBindings,
  encodeBindings,
  ofFormerProcess,
  summaryOf,
} from '../../../sidecar/registrar/codec.ts';
import { binding } from '../io/bindings.ts';

const latin1 = fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)) });
const anyBinding = fc.record({
  uri: latin1,
  contact: latin1,
  instance: latin1,
  userAgent: latin1,
  callId: latin1,
  path: fc.array(latin1, { maxLength: 3 }),
  q: fc.double({ min: 0, max: 1, noNaN: true }),
  cseq: fc.nat(),
  foreign: fc.boolean(),
});

it('gives back every binding that it was given, byte for byte', () => {
  fc.assert(
    fc.property(fc.array(anyBinding, { minLength: 1, maxLength: 4 }), latin1, (some, aor) => {
      const bindings = some.map((wish): Binding => binding('u1@pbx.test', { ...wish, q: wish.q + 0, aor }));
      expect(decodeBindings(aor, encodeBindings(bindings))).toEqual(bindings);
    }),
  );
});

it('knows that a stream does not outlive its process', () => {
  const flow = {
    transport: 'TCP',
    listener: 'tcp',
    address: '2001:db8::7',
    port: 40_000,
    connection: 7,
  } as const;
  const [back] = decodeBindings('u1@pbx.test', encodeBindings([binding('u1@pbx.test', { flow })])) ?? [];
  expect(back?.flow).toEqual(flow);
  expect(back && ofFormerProcess(back).flow).toEqual({ ...flow, connection: -1 });
});

it('sums up what is indexed as the bindings themselves say it', () => {
  fc.assert(
    fc.property(fc.array(anyBinding, { minLength: 1, maxLength: 4 }), fc.boolean(), (some, isStream) => {
      const flow = {
        transport: isStream ? 'TLS' : 'UDP',
        listener: 'a',
        address: '::1',
        port: 1,
        connection: 0,
      } as const;
      const bindings = some.map((wish, i): Binding => binding('a', { ...wish, flow, expiresAt: 9 - i }));
      expect(summaryOf(encodeBindings(bindings))).toEqual({
        tokens: bindings.map(({ token }) => token),
        earliest: 10 - some.length,
        hasStream: isStream,
      });
    }),
  );
});

it('keeps a foreign binding without a flow', () => {
  const foreign = binding('u1@pbx.test', { flow: undefined, foreign: true, token: '' });
  expect(decodeBindings('u1@pbx.test', encodeBindings([foreign]))).toEqual([foreign]);
});

it.each(['', '[]', '2', '[1]', '[["a"]]', '[[1,2]]', '{}', '[1,7]', '"x"', '2a\x1fb', '2\x1e\x1f'])(
  'refuses %s',
  (text) => {
    let decoded: readonly Binding[] | undefined;
    try {
      decoded = decodeBindings('u1@pbx.test', text);
    } catch {
      decoded = undefined;
    }
    expect(decoded).toBeUndefined();
    let summary: unknown;
    try {
      summary = summaryOf(text);
    } catch {
      summary = undefined;
    }
    expect(summary).toBeUndefined();
  },
);
