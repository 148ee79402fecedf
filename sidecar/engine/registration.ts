import type { RememberOutcome } from '../effect.ts';
import { RETRY_AFTER, refuse } from '../proxy/refusal.ts';
import type { Binding } from '../registrar/binding.ts';
import { type Refused, type RegisterIntent, readRegister, registeringAor } from '../registrar/intent.ts';
import { readListed } from '../registrar/listed.ts';
import { type Mirrored, mirror } from '../registrar/mirror.ts';
import { answerChanges } from '../registrar/reply.ts';
import { DEAD_CONNECTION, type Flow, sameFlow } from '../wire/flow.ts';
import type { SipMessage } from '../wire/message.ts';
import type { Hall } from './hall.ts';
import { pbxHops, toHops } from './onward.ts';
import type { AorJob, Context, Copy } from './room.ts';

type MirrorJob = Extract<AorJob, { kind: 'mirror' }>;

/** A REGISTER from a phone: nothing is stored before the PBX's 2xx, but what the store holds says how it goes on. */
export function register(hall: Hall, context: Context): void {
  const aor = registeringAor(context.request, hall.policy);
  if (typeof aor !== 'string') return refuseRegister(hall, context, aor);
  hall.lookup('aor', aor, { kind: 'registrant', context, aor });
}

function refuseRegister(hall: Hall, context: Context, { status, why, extra }: Refused): void {
  hall.counters.event('register_refused_here');
  hall.answer(context, refuse(status, why, extra));
}

/** What the AoR has is known: the REGISTER is read, ours put in, and on it goes to the PBX. */
export function registrantFound(hall: Hall, context: Context, aor: string, known: readonly Binding[]): void {
  const { request, source } = context;
  const { policy, tokens } = hall;
  const intent = readRegister(request, aor, source, policy, known, tokens, hall.now);
  if ('status' in intent) return refuseRegister(hall, context, intent);
  if (hall.openStreams.has(source.connection)) hall.phoneStreams.add(source.connection);
  context.room = { kind: 'register', intent };
  toHops(hall, context, pbxHops(hall, context), '');
}

/** The PBX has said 2xx: the store takes over what it lists, one reply of an AoR after the other. */
export function commitRegistration(hall: Hall, { context, target }: Copy, response: SipMessage): void {
  if (context.room?.kind !== 'register') return;
  const endpoint = target.hop?.endpoint ?? '';
  const { intent } = context.room;
  const { aor } = intent;
  const arrivedAt = hall.now;
  start(hall, { kind: 'mirror', aor, context, response, endpoint, intent, arrivedAt, outcome: undefined });
}

/** A phone's contact has proven dead: it goes, unless it has registered anew meanwhile. */
export function dropBinding(hall: Hall, binding: Binding, reason: string): void {
  start(hall, { kind: 'drop', aor: binding.aor, binding, reason });
}

function start(hall: Hall, job: AorJob): void {
  if (hall.gate.enter(job.aor, job)) hall.lookup('aor', job.aor, job);
}

function leave(hall: Hall, aor: string): void {
  const next = hall.gate.leave(aor);
  if (next !== undefined) hall.lookup('aor', aor, next);
}

/** What the store holds of the AoR has come: the change is worked out and handed over to be written. */
export function changeAor(hall: Hall, job: AorJob, current: readonly Binding[]): void {
  try {
    workOut(hall, job, current);
  } catch (bug) {
    // Whatever was wrong with this one, the next change of the AoR must have its turn.
    leave(hall, job.aor);
    throw bug;
  }
}

function workOut(hall: Hall, job: AorJob, current: readonly Binding[]): void {
  if (job.kind === 'drop') {
    const left = current.filter((binding) => !isSame(binding, job.binding));
    if (left.length === current.length) return leave(hall, job.aor);
    noteBinding(hall, 'binding dropped', job.binding, job.reason);
    hall.out.push({ kind: 'remember', aor: job.aor, bindings: left, ticket: job });
    return;
  }
  const { upstream, policy, tokens } = hall;
  const { context, response, arrivedAt } = job;
  const intent = stillOpen(hall, job)
    ? job.intent
    : { ...job.intent, flow: { ...job.intent.flow, connection: DEAD_CONNECTION } };
  const lines = readListed(response, intent, current, tokens);
  const reply = {
    response,
    arrivedAt,
    upstream: job.endpoint,
    otherUpstreams: upstream.othersThan(job.endpoint),
    hasListedOthers: upstream.listsOthers,
    isOvertaken: hall.departures.hasOvertaken(intent.aor, intent.callId, intent.cseq, hall.now),
  };
  const mirrored = mirror(intent, reply, lines, current, policy);
  const answer = answerChanges(context.request, response, intent, lines, policy);
  job.outcome = { mirrored, answer };
  if (mirrored.listsOthers) upstream.listsOthers = true;
  if (!mirrored.stale && isLeaving(intent))
    hall.departures.note(intent.aor, intent.callId, intent.cseq, hall.now);
  if (mirrored.stale || !mirrored.changed) {
    hall.counters.event(mirrored.stale ? 'register_stale' : 'register_unchanged');
    finish(hall, job);
    return;
  }
  hall.out.push({ kind: 'remember', aor: job.aor, bindings: mirrored.bindings, ticket: job });
}

const isLeaving = ({ removesAll, contacts }: RegisterIntent): boolean =>
  removesAll || contacts.some(({ expiresSeconds }) => expiresSeconds === 0);

const isSame = (a: Binding, b: Binding): boolean =>
  a.uri === b.uri && a.callId === b.callId && a.cseq === b.cseq;

/** A phone may have gone while the PBX was thinking: its binding is kept (the PBX holds it), but is known to be out of reach. */
const stillOpen = (hall: Hall, job: MirrorJob): boolean => {
  const { connection } = job.intent.flow;
  return connection <= 0 || hall.openStreams.has(connection);
};

/** The store has answered: only now may the phone have its 200. */
export function aorChanged(hall: Hall, job: AorJob, outcome: RememberOutcome): void {
  if (job.kind === 'drop') return leave(hall, job.aor);
  if (outcome === 'ok') return finish(hall, job);
  const why =
    outcome === 'full'
      ? 'the location store is full (store.maxBindings)'
      : 'the location store can not be written';
  hall.counters.event(`register_store_${outcome}`);
  hall.note({
    level: 'error',
    event: why,
    aor: job.aor,
    callId: job.context.request.callId(),
    method: 'REGISTER',
  });
  hall.answer(job.context, refuse(503, why, RETRY_AFTER));
  leave(hall, job.aor);
}

function finish(hall: Hall, job: MirrorJob): void {
  const { outcome, context, response } = job;
  if (outcome !== undefined) {
    report(hall, outcome.mirrored);
    makeKnown(hall, context.source, outcome.mirrored);
    hall.relay(context, response, outcome.answer.edits, outcome.answer.extra);
  }
  leave(hall, job.aor);
}

/** The PBX has accepted the phone, so the guard knows it by its flow for as long as the registration lasts. */
function makeKnown(hall: Hall, source: Flow, { bindings }: Mirrored): void {
  let until = 0;
  for (const { flow, expiresAt } of bindings)
    if (flow !== undefined && expiresAt > until && sameFlow(flow, source)) until = expiresAt;
  if (until > hall.now) hall.guard.register(source, until, hall.now);
}

function report(hall: Hall, { added, removed, refreshed, refused, lost }: Mirrored): void {
  hall.counters.event('register_accepted');
  for (const binding of added) noteBinding(hall, 'binding added', binding);
  for (const binding of removed) noteBinding(hall, 'binding removed', binding);
  if (hall.verbose) for (const binding of refreshed) noteBinding(hall, 'binding refreshed', binding);
  if (refused > 0) hall.counters.event('register_contact_not_listed');
  if (lost > 0) hall.counters.event('register_unknown_token');
}

function noteBinding(hall: Hall, event: string, binding: Binding, reason?: string): void {
  const { flow } = binding;
  hall.note({
    level: event === 'binding refreshed' ? 'debug' : 'info',
    event,
    aor: binding.aor,
    contact: binding.uri,
    callId: binding.callId,
    method: 'REGISTER',
    upstream: binding.upstream,
    expiresInSeconds: Math.max(0, Math.round((binding.expiresAt - hall.now) / 1000)),
    ...(flow === undefined ? {} : { source: `${flow.transport} ${flow.address}:${flow.port}` }),
    ...(reason === undefined ? {} : { reason }),
  });
}
