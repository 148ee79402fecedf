import { ofInstance, targetGroups } from '../im/delivery.ts';
import { notRegistered, notTheSender, refuseContent, senderAor, tooLargeForUdp } from '../im/policy.ts';
import type { Target } from '../proxy/context.ts';
import { type Refusal, refuse } from '../proxy/refusal.ts';
import { sipsNotAllowed } from '../proxy/sips.ts';
import type { Binding } from '../registrar/binding.ts';
import { sameFlow } from '../wire/flow.ts';
import type { Hall } from './hall.ts';
import { dropBinding } from './registration.ts';
import type { Context, Copy } from './room.ts';

/** What a phone answers that is no longer where its registration says (RFC 3428 §7; RFC 5626 §5.3 for 430). */
const GONE = new Set([404, 410, 430]);

/** A MESSAGE to an AoR that we serve: is it allowed, and who sends it? */
export function deliver(hall: Hall, context: Context, aor: string, gruu: string): void {
  const { request } = context;
  const { messaging, domains } = hall.config;
  if (!admits(hall, context)) return;
  context.room = { kind: 'message', aor, gruu };
  if (context.fromUpstream || messaging.senders === 'Any')
    return hall.lookup('aor', aor, { kind: 'recipient', context });
  const sender = senderAor(request, domains);
  if (sender === undefined)
    return refuseMessage(hall, context, notTheSender(request.from()?.uri ?? 'the sender'));
  hall.lookup('aor', sender, { kind: 'sender', context });
}

/** Whether the policy lets the message itself pass; if not it is refused. */
export function admits(hall: Hall, context: Context): boolean {
  const refusal = refuseContent(context.request, context.source.transport, hall.config.messaging);
  if (refusal !== undefined) refuseMessage(hall, context, refusal);
  return refusal === undefined;
}

/** A MESSAGE from the PBX to one phone, by the Contact that we gave it: what becomes of it is as with one to the AoR. */
export function deliverTo(hall: Hall, context: Context, target: Target, aor: string): void {
  context.room = { kind: 'message', aor, gruu: '' };
  if (withoutSmallPipes(hall, context, [[target]]).length === 0)
    return refuseMessage(hall, context, tooLargeForUdp(context.request.text.length, hall.config.messaging));
  hall.fork(context, [target]);
}

/** The bindings of the AoR that the From names: one of them must be this very flow. */
export function senderFound(hall: Hall, context: Context, bindings: readonly Binding[]): void {
  const isSender = bindings.some(
    ({ flow, expiresAt }) => flow !== undefined && expiresAt > hall.now && sameFlow(flow, context.source),
  );
  if (!isSender)
    return refuseMessage(hall, context, notTheSender(context.request.from()?.uri ?? 'the sender'));
  if (context.room?.kind === 'message') hall.lookup('aor', context.room.aor, { kind: 'recipient', context });
}

/** The bindings of whom a MESSAGE, or a request from the PBX to an AoR, is for. */
export function recipientFound(hall: Hall, context: Context, bindings: readonly Binding[]): void {
  const { room } = context;
  if (room === undefined || room.kind === 'register') return;
  const isSips = context.secureHops === 'all';
  const asked = ofInstance(bindings, room.gruu);
  const groups = targetGroups(asked, hall.own, hall.now, isSips);
  const fitting = room.kind === 'message' ? withoutSmallPipes(hall, context, groups) : groups;
  const [first, ...later] = fitting;
  if (first === undefined && isSips && targetGroups(asked, hall.own, hall.now, false).length > 0)
    return refuseInsecure(hall, context);
  if (first === undefined) return nobodyThere(hall, context, groups.length > 0);
  context.waiting = later;
  hall.fork(context, first);
}

/** RFC 3428 §8: a message too large for UDP goes only to those contacts whose flow is a stream. */
function withoutSmallPipes(hall: Hall, context: Context, groups: readonly Target[][]): Target[][] {
  if (context.request.text.length <= hall.config.messaging.maxUdpBytes) return groups as Target[][];
  return groups
    .map((group) => group.filter(({ flow }) => flow.transport !== 'UDP'))
    .filter((group) => group.length > 0);
}

/** RFC 5630 §5.3: whom only sip: reaches is not there for a sips: request. */
function refuseInsecure(hall: Hall, context: Context): void {
  const refusal = sipsNotAllowed('no sips: contact is registered');
  hall.counters.event('sips_refused');
  if (context.room?.kind === 'message') refuseMessage(hall, context, refusal);
  else hall.answer(context, refusal);
}

function nobodyThere(hall: Hall, context: Context, isTooLarge: boolean): void {
  const { room, request } = context;
  if (room === undefined || room.kind === 'register') return;
  if (room.kind === 'call') return hall.answer(context, refuse(480, `${room.aor} is not registered`));
  if (isTooLarge)
    return refuseMessage(hall, context, tooLargeForUdp(request.text.length, hall.config.messaging));
  hall.counters.event('message_unregistered');
  refuseMessage(hall, context, notRegistered(room.aor));
}

/** A contact has not taken it: one that is proven gone leaves the store, whatever the others say. */
export function contactFailed(hall: Hall, copy: Copy): void {
  const { context, target, answer } = copy;
  if (answer === undefined || target.binding === undefined) return;
  const isFlowGone = answer.response === undefined && answer.status === 430;
  if (GONE.has(answer.status) && (isFlowGone || context.room?.kind === 'message')) {
    dropBinding(hall, target.binding, isFlowGone ? 'flow gone' : `answered ${answer.status}`);
  }
  // To the sender a phone whose connection is gone is as offline as one that never came.
  if (isFlowGone && context.room?.kind === 'message') copy.answer = notRegistered(context.room.aor);
}

/** Whether the sender is the PBX or somebody who has registered with it: only they get as far as the recipient. */
const isProven = (hall: Hall, { fromUpstream }: Context, { status }: Refusal): boolean =>
  fromUpstream || (status === 404 && hall.config.messaging.senders === 'Registered');

function refuseMessage(hall: Hall, context: Context, refusal: Refusal): void {
  const { room } = context;
  hall.counters.event('message_refused');
  hall.note({
    // Whoever is not known to the PBX could fill the log at will: their lines are limited, as warnings are.
    level: isProven(hall, context, refusal) ? 'info' : 'warn',
    event: 'message refused',
    ...(room === undefined ? {} : { aor: room.kind === 'register' ? room.intent.aor : room.aor }),
    method: 'MESSAGE',
    callId: context.request.callId(),
    status: refusal.status,
    reason: refusal.extra.trim(),
    source: `${context.source.address}:${context.source.port}`,
  });
  hall.answer(context, refusal);
}
