import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Binding } from '../../../sidecar/registrar/binding.ts';
import { decodeBindings, encodeBindings } from '../../../sidecar/registrar/codec.ts';
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
  expect(back?.flow).toEqual({ ...flow, connection: -1 });
});

it('keeps a foreign binding without a flow', () => {
  const foreign = binding('u1@pbx.test', { flow: undefined, foreign: true, token: '' });
  expect(decodeBindings('u1@pbx.test', encodeBindings([foreign]))).toEqual([foreign]);
});

it.each(['', '[]', '[1]', '[2,[]]', '[1,[1,2]]', '{}', '[1,7]', '"x"'])('refuses %s', (text) => {
  let decoded: readonly Binding[] | undefined;
  try {
    decoded = decodeBindings('u1@pbx.test', text);
  } catch {
    decoded = undefined;
  }
  expect(decoded).toBeUndefined();
});
