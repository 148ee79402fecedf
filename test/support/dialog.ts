import type { Flow } from '../../sidecar/wire/flow.ts';
import { Header } from '../../sidecar/wire/header.ts';
import type { SipMessage } from '../../sidecar/wire/message.ts';
import type { RequestText } from './sip-text.ts';
import { PBX, phone, type Sent, type World } from './world.ts';

export const PBX_CONTACT = 'sip:bob@198.51.100.1:5070';

/** An INVITE as a phone sends it to somebody of the PBX; `more` replaces or adds. */
export const inviteFromPhone = (more: Partial<RequestText> = {}): RequestText => ({
  method: 'INVITE',
  uri: 'sip:bob@pbx.test',
  from: 'sip:alice@pbx.test',
  to: 'sip:bob@pbx.test',
  headers: ['Contact: <sip:alice@192.0.2.7:5062>'],
  ...more,
});

/** An INVITE as the PBX sends it to what it knows a phone by. */
export const inviteFromPbx = (uri: string, more: Partial<RequestText> = {}): RequestText => ({
  method: 'INVITE',
  uri,
  from: 'sip:carol@pbx.test',
  to: 'sip:bob@pbx.test',
  sentBy: '198.51.100.1:5070',
  headers: [`Contact: <${PBX_CONTACT}>`],
  ...more,
});

/** The one request among what was sent; answers beside it (a 100) are left out. */
export function forwarded(world: World): Sent {
  const requests = world.sent().filter(({ message }) => message.isRequest);
  if (requests.length !== 1) throw new Error(`${requests.length} requests were forwarded`);
  return requests[0] as Sent;
}

/** What an end of a dialog needs to send a request within it (§12.2.1.1). */
export interface End {
  readonly flow: Flow;
  readonly target: string;
  readonly routes: readonly string[];
  readonly sentBy: string;
}

export interface Call {
  readonly phone: End;
  readonly pbx: End;
  /** The 2xx as it came to the caller. */
  readonly ok: SipMessage;
}

const routesOf = (message: SipMessage): string[] => [...message.values(Header.RecordRoute)];
const sentByOf = ({ address, port }: Flow): string => `${address}:${port}`;

/** A phone has called the PBX, which has answered. */
export function callFromPhone(world: World, flow: Flow = phone(), contact = PBX_CONTACT): Call {
  const phoneContact = `sip:alice@${sentByOf(flow)}`;
  world.request(flow, inviteFromPhone({ headers: [`Contact: <${phoneContact}>`] }));
  const up = forwarded(world);
  world.answers(up, 200, [`Contact: <${contact}>`]);
  const ok = world.sentOne().message;
  return {
    phone: { flow, target: contact, routes: routesOf(ok).reverse(), sentBy: sentByOf(flow) },
    pbx: { flow: PBX, target: phoneContact, routes: routesOf(up.message), sentBy: sentByOf(PBX) },
    ok,
  };
}

/** The PBX has called a registered phone by the contact it was shown, and the phone has answered. */
export function callFromPbx(world: World, shown: string, flow: Flow = phone()): Call {
  const phoneContact = `sip:bob@${sentByOf(flow)}`;
  world.request(PBX, inviteFromPbx(shown));
  const down = forwarded(world);
  world.answers(down, 200, [`Contact: <${phoneContact}>`]);
  const ok = world.sentOne().message;
  return {
    phone: { flow, target: PBX_CONTACT, routes: routesOf(down.message), sentBy: sentByOf(flow) },
    pbx: { flow: PBX, target: phoneContact, routes: routesOf(ok).reverse(), sentBy: sentByOf(PBX) },
    ok,
  };
}

/** One end sends a request within the dialog. */
export function says(world: World, end: End, method: string, more: Partial<RequestText> = {}): void {
  world.request(end.flow, {
    method,
    uri: end.target,
    from: 'sip:one@pbx.test',
    to: '<sip:other@pbx.test>;tag=peer',
    cseq: 2,
    sentBy: end.sentBy,
    ...more,
    headers: [...end.routes.map((route) => `Route: ${route}`), ...(more.headers ?? [])],
  });
}
