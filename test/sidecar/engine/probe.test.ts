import { describe, expect, it } from 'vitest';
import { Header } from '../../../sidecar/wire/header.ts';
import { PBX, PBX_SOURCE, phone, World } from '../../support/world.ts';

/** The PBX's only address. */
const HOP = 'UDP 198.51.100.1:5070';

const ask = (world: World): ReturnType<World['sentOne']> => {
  world.give({ kind: 'probe', hop: HOP, isRepeat: false });
  return world.sentOne();
};

describe('a probe', () => {
  it('is an OPTIONS to the PBX with all that a request must have (§8.1.1)', () => {
    const { flow, message } = ask(new World());
    expect(flow).toMatchObject({ address: PBX.address, port: PBX.port, transport: 'UDP' });
    expect(message.method).toBe('OPTIONS');
    for (const header of [Header.Via, Header.From, Header.To, Header.CallId, Header.CSeq, Header.MaxForwards])
      expect(message.has(header)).toBe(true);
    expect(message.value(Header.To)).not.toContain('tag=');
    expect(message.topVia()).toMatchObject({ host: '203.0.113.5' });
  });

  it.each([200, 404, 405, 503])('is answered by any answer, as by %i, which goes no further', (status) => {
    const world = new World();
    world.answers(ask(world), status);
    expect(world.sent()).toEqual([]);
    expect(world.probed).toEqual([{ kind: 'probed', hop: HOP, isUp: true, reason: '' }]);
  });

  it('is sent again as it was, until it is answered', () => {
    const world = new World();
    const first = ask(world);
    world.give({ kind: 'probe', hop: HOP, isRepeat: true });
    const again = world.sentOne();
    expect(again.message.text).toBe(first.message.text);
    world.answers(again, 200);
    world.give({ kind: 'probe', hop: HOP, isRepeat: true });
    expect(world.sent()).toEqual([]);
  });

  it('tells once, and of its own answer alone', () => {
    const world = new World();
    const [first, second] = [ask(world), ask(world)];
    world.answers(first, 200);
    expect(world.probed).toEqual([]);
    world.answers(second, 200);
    world.answers(second, 200);
    expect(world.probed).toHaveLength(1);
  });

  it('tells at once where the PBX is not to be found there any more', () => {
    const world = new World();
    world.leads('pbx');
    world.give({ kind: 'probe', hop: HOP, isRepeat: false });
    expect(world.sent()).toEqual([]);
    expect(world.probed).toMatchObject([{ isUp: false }]);
  });

  it('has failed where it could not leave', () => {
    const world = new World();
    const { flow, message } = ask(world);
    const ref = message.topVia()?.branch ?? '';
    world.give({ kind: 'sendFailed', ref, flow, reason: 'refused' });
    expect(world.probed).toMatchObject([{ isUp: false, reason: 'it can not be reached (refused)' }]);
  });

  it('tells in words what kept its connection from coming about, where that is known', () => {
    const world = new World();
    const { flow, message } = ask(world);
    const ref = message.topVia()?.branch ?? '';
    const why = 'its certificate is of another domain';
    world.give({ kind: 'sendFailed', ref, flow, reason: 'refused', why });
    expect(world.probed).toMatchObject([{ isUp: false, reason: `it can not be reached (${why})` }]);
  });

  it('takes no news of an earlier one', () => {
    const world = new World();
    const { flow, message } = ask(world);
    ask(world);
    const ref = message.topVia()?.branch ?? '';
    world.give({ kind: 'sendFailed', ref, flow, reason: 'refused' });
    expect(world.probed).toEqual([]);
  });
});

describe('a request from upstream.sources', () => {
  const other = { ...phone(5064), address: PBX_SOURCE };
  const bob = phone(5064);

  it('is taken as the PBX’s, from any port: it reaches the phone by the contact that the PBX was shown', () => {
    const world = new World();
    const uri = world.register('bob', bob);
    world.request(other, { method: 'MESSAGE', uri });
    expect(world.sent().some(({ flow }) => flow.port === bob.port && flow.address === bob.address)).toBe(
      true,
    );
  });

  it('is a stranger’s where it comes from elsewhere', () => {
    const world = new World();
    const uri = world.register('bob', bob);
    world.request(phone(5999), { method: 'MESSAGE', uri });
    expect(world.sentOne().message.status).toBe(403);
  });
});
