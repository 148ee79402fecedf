import { type Insertion, insertOurs } from '../registrar/contact.ts';
import type { Flow } from '../wire/flow.ts';
import type { Hall } from './hall.ts';
import type { Context } from './room.ts';

/** How later requests of the PBX find back to the phone that a REGISTER is of: by what the PBX reaches us by over this flow. */
export function insertionFor(hall: Hall, { request, room }: Context, flow: Flow): Insertion | undefined {
  if (room?.kind !== 'register') return undefined;
  const { own, policy, tokens } = hall;
  const { host, port } = own.listenerFor(flow.transport, flow.address).upstream;
  return insertOurs(request, room.intent, policy, { host, port, transport: flow.transport }, tokens);
}
