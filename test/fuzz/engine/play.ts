import { Header } from '../../../sidecar/wire/header.ts';
import { isMalformed, parseMessage, type SipMessage } from '../../../sidecar/wire/message.ts';
import { param } from '../../../sidecar/wire/param.ts';
import { filled } from '../text/places.ts';
import type { Edit, Sequence, Step } from './steps.ts';
import { HOPS } from './variants.ts';
import { World } from './world.ts';

/** Plays a sequence from its beginning to the silence after its end, and throws where a law is broken. */
export function play(sequence: Sequence): void {
  const world = new World();
  for (const step of sequence) takeStep(world, step);
  world.end();
}

export function takeStep(world: World, step: Step): void {
  switch (step.do) {
    case 'message':
      return world.receives(world.flowOf(step.from), filled(step.text, world.given.values));
    case 'answer':
      return answer(world, step);
    case 'pass':
      return world.pass(step.ms);
    case 'jump':
      return world.jump(step.ms);
    case 'fail':
      return fail(world, step);
    case 'close':
      return world.close(step.which);
    case 'hold':
      world.isHolding = step.isOn;
      return;
    case 'release':
      return void world.release(step.which, step.outcome, step.twice);
    case 'configure':
      return world.configure(step.variant);
    case 'upstream':
      return world.lead(step.isThere);
    case 'probe':
      return world.give({ kind: 'probe', hop: hop(step.hop), isRepeat: step.isRepeat });
    case 'probe failed':
      return world.give({ kind: 'probeFailed', hop: hop(step.hop), isDown: step.isDown });
  }
}

const hop = (number: number): string => HOPS[number % HOPS.length] as string;

function fail(world: World, { of, reason }: Extract<Step, { do: 'fail' }>): void {
  const { requests } = world;
  const sent = requests[requests.length - 1 - (of % Math.max(requests.length, 1))];
  if (sent === undefined || sent.ref === '') return;
  world.give({ kind: 'sendFailed', ref: sent.ref, flow: sent.flow, reason });
}

function answer(world: World, step: Extract<Step, { do: 'answer' }>): void {
  const { requests } = world;
  const sent = requests[requests.length - 1 - (step.to % Math.max(requests.length, 1))];
  if (sent === undefined) return;
  const request = parseMessage(sent.text, 'datagram');
  if (isMalformed(request)) return;
  const headers = filled(step.headers.replaceAll('{shown}', shownContacts(request)), world.given.values);
  const text = step.edits.reduce(edited, responseText(request, step, headers));
  world.receives(
    world.answerFlow(sent),
    text,
    headers + step.body + step.edits.map(({ put }) => put).join(' '),
  );
}

export const edited = (text: string, { at, cut, put }: Edit): string => {
  const from = at % (text.length + 1);
  return text.slice(0, from) + put + text.slice(from + cut);
};

/** The contacts that a REGISTER has shown the PBX, as it lists them. */
const shownContacts = (request: SipMessage): string =>
  request
    .list(Header.Contact)
    .map((value) => `${value.replace(/;expires=[^;]*/, '')};expires=1800`)
    .join(', ');

/** §8.2.6.2, §12.1.1: what a response has of its request. */
function responseText(
  request: SipMessage,
  { status, body }: { readonly status: number; readonly body: string },
  headers: string,
): string {
  const to = request.value(Header.To) ?? '';
  const isTagged = status === 100 || param(request.to()?.params ?? '', 'tag') !== undefined;
  return [
    `SIP/2.0 ${status} Answer`,
    ...request.values(Header.Via).map((via) => `Via: ${via}`),
    ...request.values(Header.RecordRoute).map((route) => `Record-Route: ${route}`),
    `From: ${request.value(Header.From)}`,
    `To: ${isTagged ? to : `${to};tag=peer`}`,
    `Call-ID: ${request.callId()}`,
    `CSeq: ${request.value(Header.CSeq)}`,
    `${headers}Content-Length: ${body.length}`,
    '',
    body,
  ].join('\r\n');
}
