import type { Flow } from '../../sidecar/wire/flow.ts';
import { Header } from '../../sidecar/wire/header.ts';
import type { SipMessage } from '../../sidecar/wire/message.ts';
import { forwarded } from './dialog.ts';
import { phone, type World } from './world.ts';

export const INSTANCE = '+sip.instance="<urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF>"';
export const bob = (regId: number, port = 5062): string =>
  `<sip:bob@192.0.2.7:${port}>;reg-id=${regId};${INSTANCE}`;
export const OUTBOUND = 'Supported: path, outbound, gruu';

export interface Asked {
  readonly flow?: Flow;
  readonly contact?: string;
  readonly headers?: readonly string[];
  readonly reply?: readonly string[];
}

/** Bob asks for outbound; how the PBX is asked, and what Bob is told. */
export function asks(world: World, asked: Asked = {}): { up: SipMessage; told: SipMessage } {
  const { flow = phone(), contact = bob(1), headers = [OUTBOUND], reply } = asked;
  world.request(flow, {
    method: 'REGISTER',
    from: 'sip:bob@pbx.test',
    callId: `reg-${contact}`,
    headers: [`Contact: ${contact}`, 'Expires: 3600', ...headers],
  });
  const up = forwarded(world);
  world.answers(up, 200, reply ?? [`Contact: ${up.message.value(Header.Contact)};expires=1800`]);
  return { up: up.message, told: world.sentOne().message };
}

/** Bob registers one flow of his phone; the contact that the PBX is shown. */
export function register(world: World, regId: number, flow: Flow): string {
  const { up } = asks(world, { flow, contact: bob(regId) });
  return /<([^>]+)>/.exec(up.value(Header.Contact) ?? '')?.[1] ?? '';
}
