import type { DemoPbx, PbxEvent } from '../pbx.ts';
import {
  type DemoPhone,
  type Hop,
  type IncomingCallEvent,
  type ReceivedMessage,
  startDemoPhone,
} from '../phone.ts';
import { type BindingsJson, contactsOf, type StoredContact } from './bindings-json.ts';
import { Inbox } from './patience.ts';

/** The users of the demo PBX. Carol has an account and no phone. */
export const DEMO_USERS = [
  { name: 'alice', password: 'alice-secret' },
  { name: 'bob', password: 'bob-secret' },
  { name: 'carol', password: 'carol-secret' },
];

/** What the demo phones ask for; the PBX grants less. */
export const ASKED_SECONDS = 3600;

/** Everything a step of the story may look at. */
export interface Scene {
  pbx: DemoPbx;
  alice: DemoPhone;
  alicesMobile: DemoPhone;
  bob: DemoPhone;
  /** A phone of Alice's that goes past the proxy, to show what the PBX does by itself. */
  aliceAtPbx: DemoPhone;
  bobsMessages: Inbox<ReceivedMessage>;
  bobsCalls: Inbox<IncomingCallEvent>;
  /** What the PBX did since the story began. */
  pbxEvents: readonly PbxEvent[];
  /** What the proxy's store holds for a user now. */
  stored(user: string): Promise<readonly StoredContact[]>;
  close(): Promise<void>;
}

/** Starts the phones of the story, none of them registered. */
export async function setScene(
  pbx: DemoPbx,
  proxy: Hop,
  bindings: () => Promise<BindingsJson>,
): Promise<Scene> {
  const bobsMessages = new Inbox<ReceivedMessage>();
  const bobsCalls = new Inbox<IncomingCallEvent>();
  const pbxEvents: PbxEvent[] = [];
  const stopListening = pbx.onEvent((event) => pbxEvents.push(event));
  const atPbx = { address: pbx.address, port: pbx.port };
  const phones = await Promise.all([
    demoPhone(pbx, proxy, 'alice'),
    demoPhone(pbx, proxy, 'alice'),
    demoPhone(pbx, proxy, 'bob', {
      onMessage: (message) => bobsMessages.put(message),
      onCall: (event) => bobsCalls.put(event),
    }),
    demoPhone(pbx, atPbx, 'alice'),
  ]);
  const [alice, alicesMobile, bob, aliceAtPbx] = phones;
  return {
    pbx,
    alice,
    alicesMobile,
    bob,
    aliceAtPbx,
    bobsMessages,
    bobsCalls,
    pbxEvents,
    stored: async (user) => contactsOf(await bindings(), `${user}@${pbx.domain}`),
    close: async () => {
      stopListening();
      await Promise.all(phones.map((phone) => phone.close()));
    },
  };
}

/** A phone of a demo user, on a free port beside the PBX. */
export function demoPhone(
  pbx: DemoPbx,
  proxy: Hop,
  user: string,
  hooks: Pick<Parameters<typeof startDemoPhone>[0], 'onMessage' | 'onCall'> = {},
): Promise<DemoPhone> {
  const password = DEMO_USERS.find(({ name }) => name === user)?.password ?? '';
  const { address, domain } = pbx;
  return startDemoPhone({
    address,
    port: 0,
    user,
    password,
    domain,
    proxy,
    expiresSeconds: ASKED_SECONDS,
    ...hooks,
  });
}
