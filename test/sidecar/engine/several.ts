import { expect } from 'vitest';
import { site } from '../../support/sites.ts';
import { PLACES, phone, type Sent, World } from '../../support/world.ts';

/** Machines of the PBX. */
export const [A, B, C] = ['198.51.100.1', '198.51.100.2', '198.51.100.3'] as const;

/** A front of a PBX that is two machines, or more. */
export function several(...addresses: readonly string[]): World {
  const world = new World('', { ...PLACES, endpoint: '{name: pbx, host: pbx.example}' });
  const sites = (addresses.length > 0 ? addresses : [A, B]).map((address, tier) =>
    site({ addresses: [address], tier }),
  );
  world.leads('pbx', ...sites);
  return world;
}

export const alice = phone();

export const registers = (world: World, parts: { callId?: string; cseq?: number } = {}): Sent => {
  world.request(alice, {
    method: 'REGISTER',
    from: 'sip:alice@pbx.test',
    callId: 'reg',
    ...parts,
    headers: ['Contact: <sip:alice@192.0.2.7:5062>', 'Expires: 3600'],
  });
  return world.sentOne();
};

export const invites = (world: World, callId = 'call'): Sent => {
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
export function onlyTo(world: World, method: string): Sent {
  const sent = world.sent().filter(({ message }) => message.isRequest && message.method === method);
  expect(sent).toHaveLength(1);
  return sent[0] as Sent;
}

/** Requests that have been sent since the last look. */
export const requests = (world: World): Sent[] => world.sent().filter(({ message }) => message.isRequest);

export const branchOf = ({ message }: Sent): string => message.topVia()?.branch ?? '';

export const answers = (world: World): number[] =>
  world.sent().flatMap(({ message }) => (message.isRequest ? [] : [message.status]));

export const refused = (world: World, { flow, ref }: Sent): void =>
  world.give({ kind: 'sendFailed', ref, flow, reason: 'refused' });
