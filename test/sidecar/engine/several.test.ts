import { describe, expect, it } from 'vitest';
import { Header } from '../../../sidecar/wire/header.ts';
import { site } from '../../support/sites.ts';
import { PLACES, phone, type Sent, World } from '../../support/world.ts';
import { A, alice, answers, B, C, invites, onlyTo, refused, registers, several } from './several.ts';

describe('which machine serves whom', () => {
  /** Machines that share the users, all of one rank. */
  function shared(weights: readonly number[] = [1, 1]): World {
    const world = several();
    world.leads(
      'pbx',
      ...weights.map((weight, i) => site({ host: `${i}.test`, addresses: [`198.51.100.${i + 1}`], weight })),
    );
    return world;
  }

  const registeredAt = (world: World, user: string): string => {
    world.sent();
    world.request(alice, {
      method: 'REGISTER',
      from: `sip:${user}@pbx.test`,
      callId: `reg-${user}`,
      headers: ['Contact: <sip:x@192.0.2.7:5062>', 'Expires: 60'],
    });
    const sent = world.sentOne();
    world.answers(sent, 200);
    return sent.flow.address;
  };

  it('is the same for all that a user sends, and the users are shared by weight', () => {
    const world = shared([75, 25]);
    let atFirst = 0;
    for (let i = 0; i < 400; i++) {
      const place = registeredAt(world, `u${i}`);
      if (place === A) atFirst++;
      if (i < 20) {
        expect(registeredAt(world, `u${i}`)).toBe(place);
        world.sent();
        world.request(phone(5999), {
          method: 'SUBSCRIBE',
          uri: 'sip:1@pbx.test',
          from: `sip:u${i}@pbx.test`,
          callId: `sub-${i}`,
        });
        expect(world.sentOne().flow.address).toBe(place);
      }
    }
    expect(atFirst).toBeGreaterThan(260);
    expect(atFirst).toBeLessThan(340);
  });

  it('stays as it was for the others where one machine comes', () => {
    const two = shared([1, 1]);
    const three = shared([1, 1, 1]);
    for (let i = 0; i < 100; i++) {
      const [before, after] = [registeredAt(two, `u${i}`), registeredAt(three, `u${i}`)];
      expect([before, C]).toContain(after);
    }
  });

  it('is for the answer to a challenge who asked, though another would have its turn again', () => {
    const world = several();
    refused(world, registers(world));
    const challenged = world.sentOne();
    world.answers(challenged, 401, ['WWW-Authenticate: Digest realm="x", nonce="y"']);
    world.sent();
    world.give({ kind: 'probe', hop: `UDP ${A}:5060`, isRepeat: false });
    world.answers(world.sentOne(), 200);
    expect(registers(world, { cseq: 2 }).flow.address).toBe(B);
    expect(registers(world, { callId: 'new' }).flow.address).toBe(A);
  });

  it('is in a dialog the one that it was opened with, and no other though it fails', () => {
    const world = several();
    refused(world, invites(world));
    const invite = onlyTo(world, 'INVITE');
    world.answers(invite, 200, ['Contact: <sip:bob@pbx.test>']);
    const answer = world.sent().find(({ message }) => message.status === 200) as Sent;
    world.give({ kind: 'probe', hop: `UDP ${A}:5060`, isRepeat: false });
    world.answers(world.sentOne(), 200);
    const to = answer.message.value(Header.To) as string;
    world.request(alice, {
      method: 'BYE',
      uri: 'sip:bob@pbx.test',
      from: 'sip:alice@pbx.test',
      callId: 'call',
      to,
      cseq: 2,
    });
    const bye = world.sentOne();
    expect(bye.flow.address).toBe(B);
    refused(world, bye);
    expect(answers(world)).toEqual([504]);
  });

  it('is in a dialog that a machine has opened that machine', () => {
    const world = several();
    world.register('alice', alice);
    const from = { ...alice, address: B, port: 5060 };
    world.request(from, {
      method: 'INVITE',
      uri: 'sip:alice@pbx.test',
      from: 'sip:bob@pbx.test',
      callId: 'in',
      headers: ['Contact: <sip:bob@pbx.test>'],
    });
    const invite = onlyTo(world, 'INVITE');
    expect(invite.flow.address).toBe(alice.address);
    world.answers(invite, 200, ['Contact: <sip:alice@192.0.2.7:5062>']);
    world.sent();
    world.request(alice, {
      method: 'BYE',
      uri: 'sip:bob@pbx.test',
      from: 'sip:alice@pbx.test',
      to: '<sip:bob@pbx.test>;tag=1',
      callId: 'in',
    });
    expect(world.sentOne().flow.address).toBe(B);
  });

  it('is the machine whose address the dialog goes on at', () => {
    const world = several();
    invites(world);
    world.sent();
    world.request(alice, {
      method: 'BYE',
      uri: `sip:bob@${B}`,
      from: 'sip:alice@pbx.test',
      to: '<sip:bob@pbx.test>;tag=1',
      callId: 'unknown',
      headers: [],
    });
    const [bye] = world.sent();
    expect([A, B]).toContain(bye?.flow.address);
  });
});

describe('several endpoints', () => {
  function endpoints(text: string): World {
    return new World('', { ...PLACES, endpoint: text });
  }

  it('are used in the order of their priorities, the later ones where the earlier have failed', () => {
    const world = endpoints(`{name: spare, host: ${B}, priority: 10}, {name: pbx, host: ${A}}`);
    world.leads('pbx', site({ addresses: [A] }));
    world.leads('spare', site({ addresses: [B] }));
    const first = registers(world);
    expect(first.flow.address).toBe(A);
    refused(world, first);
    const second = world.sentOne();
    expect(second.flow.address).toBe(B);
    world.answers(second, 200, [`Contact: ${second.message.value(Header.Contact)};expires=600`]);
    expect(world.location.find('alice@pbx.test')).toMatchObject([{ upstream: 'spare' }]);
  });

  it('are all believed to be the PBX', () => {
    const world = endpoints(`{name: pbx, host: ${A}}, {name: other, host: ${B}, port: 5070}`);
    world.leads('pbx', site({ addresses: [A] }));
    world.leads('other', site({ addresses: [B], port: 5070 }));
    const contact = world.register('alice', alice);
    for (const [address, port, status] of [
      [A, 5060, 0],
      [B, 5070, 0],
      [B, 5060, 403],
      [C, 5060, 403],
    ] as const) {
      world.request(
        { ...alice, address, port },
        { method: 'OPTIONS', uri: contact, callId: `${address}${port}` },
      );
      expect(world.sentOne().message.status).toBe(status);
    }
  });

  it('that a change leaves alone keep what is known of them', () => {
    const world = several();
    refused(world, registers(world));
    world.answers(world.sentOne(), 200);
    world.sent();
    world.leads(
      'pbx',
      site({ addresses: [A], tier: 0 }),
      site({ addresses: [B], tier: 1 }),
      site({ addresses: [C], tier: 2 }),
    );
    expect(registers(world, { callId: 'next' }).flow.address).toBe(B);
  });
});

describe('the next hop of a dialog that the PBX has named', () => {
  const bye = (world: World): Sent => {
    world.answers(invites(world), 200, ['Contact: <sip:bob@known.example:5080>']);
    const answer = world.sent().find(({ message }) => message.status === 200) as Sent;
    world.request(alice, {
      method: 'BYE',
      uri: 'sip:bob@known.example:5080',
      from: 'sip:alice@pbx.test',
      to: answer.message.value(Header.To) as string,
      callId: 'call',
      cseq: 2,
      headers: answer.message.values(Header.RecordRoute).map((route) => `Route: ${route}`),
    });
    return world.sentOne();
  };

  it('has its addresses tried one after the other', () => {
    const world = several();
    world.knownAddresses = ['192.0.2.98', '192.0.2.99'];
    const first = bye(world);
    expect(first.flow).toMatchObject({ address: '192.0.2.98', port: 5080 });
    refused(world, first);
    const second = world.sentOne();
    expect(second.flow).toMatchObject({ address: '192.0.2.99', port: 5080 });
    expect(second.message.requestUri).toBe(first.message.requestUri);
    world.answers(second, 200);
    expect(answers(world)).toEqual([200]);
  });
});
