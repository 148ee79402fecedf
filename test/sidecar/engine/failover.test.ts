import { describe, expect, it } from 'vitest';
import { Header } from '../../../sidecar/wire/header.ts';
import { site } from '../../support/sites.ts';
import { PLACES, phone, type Sent, World } from '../../support/world.ts';

const [A, B, C] = ['198.51.100.1', '198.51.100.2', '198.51.100.3'] as const;

/** A front of a PBX that is two machines, or more. */
function several(...addresses: readonly string[]): World {
  const world = new World('', { ...PLACES, endpoint: '{name: pbx, host: pbx.example}' });
  const sites = (addresses.length > 0 ? addresses : [A, B]).map((address, tier) =>
    site({ addresses: [address], tier }),
  );
  world.leads('pbx', ...sites);
  return world;
}

const alice = phone();

const registers = (world: World, parts: { callId?: string; cseq?: number } = {}): Sent => {
  world.request(alice, {
    method: 'REGISTER',
    from: 'sip:alice@pbx.test',
    callId: 'reg',
    ...parts,
    headers: ['Contact: <sip:alice@192.0.2.7:5062>', 'Expires: 3600'],
  });
  return world.sentOne();
};

const invites = (world: World, callId = 'call'): Sent => {
  world.request(alice, {
    method: 'INVITE',
    uri: 'sip:bob@pbx.test',
    from: 'sip:alice@pbx.test',
    callId,
    branch: `z9hG4bK${callId}`,
    headers: ['Contact: <sip:alice@192.0.2.7:5062>'],
  });
  return onlyTo(world, 'INVITE');
};

/** The one request of a method that has been sent since the last look; provisional answers to the phone aside. */
function onlyTo(world: World, method: string): Sent {
  const sent = world.sent().filter(({ message }) => message.isRequest && message.method === method);
  expect(sent).toHaveLength(1);
  return sent[0] as Sent;
}

/** Requests that have been sent since the last look. */
const requests = (world: World): Sent[] => world.sent().filter(({ message }) => message.isRequest);

const branchOf = ({ message }: Sent): string => message.topVia()?.branch ?? '';

const answers = (world: World): number[] =>
  world.sent().flatMap(({ message }) => (message.isRequest ? [] : [message.status]));

const refused = (world: World, { flow, ref }: Sent): void =>
  world.give({ kind: 'sendFailed', ref, flow, reason: 'refused' });

describe('a REGISTER that the first machine of the PBX does not answer', () => {
  it('goes to the next within the transaction, as the same request with another branch (RFC 3263 §4.3)', () => {
    const world = several();
    const first = registers(world);
    expect(first.flow.address).toBe(A);
    world.pass(2999);
    // Timer E has sent it again to the same.
    expect(new Set(world.sent().map(({ flow }) => flow.address))).toEqual(new Set([A]));
    world.pass(20);
    const second = world.sentOne();
    expect(second.flow.address).toBe(B);
    expect(branchOf(second)).not.toBe(branchOf(first));
    const withoutVia = ({ message }: Sent): string => message.text.replace(/^Via: [^\r]*\r\n/m, '');
    expect(withoutVia(second)).toBe(withoutVia(first));
    world.answers(second, 200, [`Contact: ${second.message.value(Header.Contact)};expires=600`]);
    expect(answers(world)).toEqual([200]);
    expect(world.location.find('alice@pbx.test')).toMatchObject([{ upstream: 'pbx' }]);
    expect(world.engine.counters.failovers.get('silent')).toBe(1);
    expect(world.notes.find(({ event }) => event === 'failed over')?.reason).toContain(
      `UDP ${A}:5060 does not answer: UDP ${B}:5060 is tried`,
    );
  });

  it('is answered at last, within the time that the phone waits, where none answers', () => {
    const world = several(A, B, C);
    registers(world);
    world.pass(9_900);
    const tried = new Set(requests(world).map(({ flow }) => flow.address));
    expect(tried).toEqual(new Set([A, B, C]));
    world.pass(120);
    expect(answers(world)).toEqual([504]);
  });

  it('waits for a machine that has answered 100 as long as for one alone', () => {
    const world = several();
    world.answers(registers(world), 100);
    world.pass(9_000);
    expect(requests(world).every(({ flow }) => flow.address === A)).toBe(true);
    world.pass(1_100);
    expect(answers(world)).toEqual([504]);
    expect(world.engine.counters.failovers.size).toBe(0);
  });

  it('has others go elsewhere at once, until that one answers', () => {
    const world = several();
    const lost = registers(world);
    world.pass(3_020);
    world.sent();
    expect(registers(world, { callId: 'other' }).flow.address).toBe(B);
    // Late, but there.
    world.answers(lost, 200);
    expect(registers(world, { callId: 'third' }).flow.address).toBe(A);
  });

  it('risks one request on that machine after half a minute, and sends the others elsewhere meanwhile', () => {
    const world = several();
    registers(world);
    world.pass(3_020);
    world.answers(world.sent().at(-1) as Sent, 200);
    world.pass(30_100);
    world.sent();
    expect(registers(world, { callId: 'trial' }).flow.address).toBe(A);
    expect(registers(world, { callId: 'other' }).flow.address).toBe(B);
  });

  it('has it probed, and trusts it again when that is answered', () => {
    const world = several();
    registers(world);
    world.pass(3_020);
    world.answers(world.sent().at(-1) as Sent, 200);
    world.sent();
    const name = `UDP ${A}:5060`;
    expect(world.suspected).toEqual([name]);
    world.give({ kind: 'probeFailed', hop: name, isDown: false });
    world.pass(29_000);
    world.sent();
    expect(registers(world, { callId: 'two' }).flow.address).toBe(B);
    world.give({ kind: 'probe', hop: name, isRepeat: false });
    world.answers(world.sentOne(), 200);
    expect(registers(world, { callId: 'three' }).flow.address).toBe(A);
  });
});

describe('a request that can not reach a machine', () => {
  it('goes to the next at once', () => {
    const world = several();
    refused(world, registers(world));
    expect(world.sentOne().flow.address).toBe(B);
    expect(world.engine.counters.failovers.get('unreachable')).toBe(1);
  });

  it('is answered 504 where none can be reached, and those that come are tried again at each', () => {
    const world = several();
    refused(world, registers(world));
    refused(world, world.sentOne());
    expect(answers(world)).toEqual([504]);
    // Both are avoided alike: nothing is refused for that alone.
    expect(registers(world, { callId: 'next' }).flow.address).toBe(A);
  });

  it('has no other to go to where it is too large for any datagram', () => {
    const world = several();
    const { flow, ref } = registers(world);
    world.give({ kind: 'sendFailed', ref, flow, reason: 'tooLarge' });
    expect(answers(world)).toEqual([504]);
  });
});

describe('a 503', () => {
  it('has the request go to the next machine, and says nothing of those to come (§21.5.4)', () => {
    const world = several();
    world.answers(registers(world), 503);
    expect(world.sentOne().flow.address).toBe(B);
    expect(registers(world, { callId: 'next' }).flow.address).toBe(A);
    expect(world.engine.counters.failovers.get('unavailable')).toBe(1);
  });

  it.each(['120', '120;duration=60', '120 (maintenance)'])(
    'with Retry-After: %s keeps the others away so long',
    (value) => {
      const world = several();
      world.answers(registers(world), 503, [`Retry-After: ${value}`]);
      world.answers(world.sentOne(), 200);
      world.pass(119_900);
      world.sent();
      expect(registers(world, { callId: 'two' }).flow.address).toBe(B);
      world.pass(200);
      world.sent();
      expect(registers(world, { callId: 'three' }).flow.address).toBe(A);
    },
  );

  it('goes back to the phone where all answer so', () => {
    const world = several();
    world.answers(registers(world), 503);
    world.answers(world.sentOne(), 503);
    expect(answers(world)).toEqual([503]);
  });

  it.each([401, 403, 404, 486, 500, 504, 603])('is the only answer that does: %i goes back', (status) => {
    const world = several();
    world.answers(registers(world), status);
    expect(answers(world)).toEqual([status]);
  });
});

describe('a call', () => {
  it('goes to the next machine where the first is silent, and is cancelled at the first if that wakes up (§9.1)', () => {
    const world = several();
    const first = invites(world);
    world.pass(3_020);
    const second = world.sent().at(-1) as Sent;
    expect([first.flow.address, second.flow.address]).toEqual([A, B]);
    world.pass(2_000);
    // Only the second is repeated from now on.
    expect(new Set(world.sent().map(({ flow }) => flow.address))).toEqual(new Set([B]));
    world.answers(first, 100);
    const cancel = onlyTo(world, 'CANCEL');
    expect([cancel.flow.address, branchOf(cancel)]).toEqual([A, branchOf(first)]);
    world.answers(cancel, 200);
    world.answers(first, 487);
    expect(onlyTo(world, 'ACK').flow.address).toBe(A);
    world.answers(second, 200, ['Contact: <sip:bob@198.51.100.2>']);
    expect(answers(world)).toEqual([200]);
  });

  it('that the first answers after all is the first’s, and is cancelled at the second', () => {
    const world = several();
    const first = invites(world);
    world.pass(3_020);
    const second = world.sent().at(-1) as Sent;
    world.answers(second, 180);
    world.sent();
    world.answers(first, 200, ['Contact: <sip:bob@198.51.100.1>']);
    const sent = world.sent();
    expect(sent.filter(({ message }) => message.status === 200)).toHaveLength(1);
    const cancels = sent.filter(({ message }) => message.method === 'CANCEL' && message.isRequest);
    expect(cancels.map(({ flow }) => flow.address)).toEqual([B]);
  });

  it('that is cancelled while one machine is silent goes to no other', () => {
    const world = several();
    invites(world);
    world.request(alice, {
      method: 'CANCEL',
      uri: 'sip:bob@pbx.test',
      from: 'sip:alice@pbx.test',
      callId: 'call',
      branch: 'z9hG4bKcall',
    });
    world.pass(6_000);
    expect(world.sent().filter(({ flow }) => flow.address === B)).toEqual([]);
  });

  it('has the ACK of a 503 go to whom it came from (§17.1.1.3)', () => {
    const world = several();
    const first = invites(world);
    world.answers(first, 503);
    const sent = world.sent();
    const ack = sent.find(({ message }) => message.method === 'ACK' && message.isRequest);
    expect([ack?.flow.address, ack?.message.topVia()?.branch]).toEqual([A, branchOf(first)]);
    expect(sent.find(({ message }) => message.method === 'INVITE' && message.isRequest)?.flow.address).toBe(
      B,
    );
  });
});

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
