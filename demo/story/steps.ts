import { isSameContact } from '../phone/registration.ts';
import type { DemoPhone } from '../phone.ts';
import type { StoredContact } from './bindings-json.ts';
import { eventually } from './patience.ts';
import { ASKED_SECONDS, type Scene } from './scene.ts';

/** Whether a claim of the story held, and the facts that a person can check it by. */
export interface Finding {
  ok: boolean;
  detail: string;
}

export interface Step {
  title: string;
  /** Whether the store is worth a look after it. */
  changesStore?: true;
  run(scene: Scene): Promise<Finding>;
}

const held = (detail: string): Finding => ({ ok: true, detail });
const broken = (detail: string): Finding => ({ ok: false, detail });

const listed = (contacts: readonly StoredContact[]): string =>
  contacts.length === 0 ? 'nothing' : contacts.map(({ uri }) => uri).join(', ');

const storedOf = (contacts: readonly StoredContact[], phone: DemoPhone): StoredContact | undefined =>
  contacts.find(({ uri }) => isSameContact(uri, phone.contact));

async function wrongPassword({ alice, pbxEvents, stored }: Scene): Promise<Finding> {
  const { code, reason } = await alice.register({ password: 'a-wrong-one' });
  const refusal = pbxEvents.find((event) => event.kind === 'refused' && event.method === 'REGISTER');
  if (refusal === undefined) return broken(`the PBX refused nothing; the phone got ${code} ${reason}`);
  if (code !== 401 && code !== 403) return broken(`the phone got ${code} ${reason}`);
  const contacts = await stored('alice');
  if (contacts.length > 0) return broken(`refused, and yet the store holds ${listed(contacts)}`);
  return held(`the phone got ${code} ${reason}; the store holds nothing for alice`);
}

async function registration({ pbx, alice, bob, stored }: Scene): Promise<Finding> {
  const answers = await Promise.all([alice.register(), bob.register()]);
  const refusal = answers.find(({ code }) => code >= 300);
  if (refusal !== undefined) return broken(`a phone got ${refusal.code} ${refusal.reason}`);
  const [{ grantedSeconds }] = answers;
  const limit = pbx.bindings('alice')[0]?.expiresInSeconds ?? 0;
  if (limit === 0) return broken('the PBX holds no contact of alice');
  if (grantedSeconds < 1 || grantedSeconds > limit) {
    return broken(`the PBX holds alice for ${limit} s, her phone was told ${grantedSeconds} s`);
  }
  const contacts = await eventually(
    () => stored('alice'),
    (all) => storedOf(all, alice) !== undefined,
  );
  const contact = storedOf(contacts, alice);
  if (contact === undefined) return broken(`the store holds ${listed(contacts)}, not ${alice.contact}`);
  const { uri, expiresInSeconds } = contact;
  const told = `asked for ${ASKED_SECONDS} s, granted ${grantedSeconds} s; the store holds ${uri} for ${expiresInSeconds} s`;
  return expiresInSeconds > 0 && expiresInSeconds <= limit ? held(told) : broken(told);
}

async function messageDelivered({ alice, aliceAtPbx, bobsMessages }: Scene): Promise<Finding> {
  const text = 'Lunch at noon?';
  const { code, reason, warning = '' } = await alice.message('bob', text);
  if (code !== 200) return broken(`alice got ${code} ${reason} ${warning}`.trimEnd());
  const received = await bobsMessages.next();
  if (received.text !== text) return broken(`bob got "${received.text}" instead of "${text}"`);
  const byItself = await aliceAtPbx.message('bob', text);
  if (byItself.code < 300) return broken('the PBX delivers messages by itself, so this shows nothing');
  return held(`bob read "${text}" from ${received.from}; the PBX by itself answers ${byItself.code}`);
}

async function messageToOffline({ alice, stored }: Scene): Promise<Finding> {
  const contacts = await stored('carol');
  if (contacts.length > 0) return broken(`carol is online at ${listed(contacts)}`);
  const { code, reason, warning } = await alice.message('carol', 'Are you there?');
  const told = `alice got ${code} ${reason}${warning === undefined ? '' : ` (Warning: ${warning})`}`;
  return code === 404 ? held(told) : broken(told);
}

async function call({ alice, bobsCalls, pbxEvents }: Scene): Promise<Finding> {
  let rang = false;
  const outcome = await alice.call('bob', { onRinging: () => (rang = true) });
  if (outcome.kind === 'refused') return broken(`alice got ${outcome.code} ${outcome.reason}`);
  if (!rang) return broken('answered, but alice never heard it ring');
  for (const state of ['ringing', 'confirmed']) {
    const seen = (await bobsCalls.next()).state;
    if (seen !== state) return broken(`bob's phone is ${seen} where ${state} was due`);
  }
  const bye = await outcome.call.hangup();
  if (bye.code !== 200) return broken(`hanging up got ${bye.code} ${bye.reason}`);
  const last = await bobsCalls.next();
  if (last.state !== 'ended') return broken(`bob's phone is ${last.state} after alice hung up`);
  const passed = pbxEvents.filter(
    (event) => event.kind === 'forwarded' && event.callId === outcome.call.callId,
  );
  const methods = passed.map((event) => (event.kind === 'forwarded' ? event.method : ''));
  if (!methods.includes('INVITE') || !methods.includes('BYE')) {
    return broken(`the PBX passed on only ${methods.join(', ') || 'nothing'}`);
  }
  return held(`bob's phone rang, answered and hung up with alice's; the PBX passed on ${methods.join(', ')}`);
}

async function dropped({ pbx, alice, alicesMobile, stored }: Scene): Promise<Finding> {
  const [atPbx] = pbx.bindings('alice');
  if (atPbx === undefined) return broken('the PBX holds no contact of alice to drop');
  const second = await alicesMobile.register();
  if (second.code >= 300) return broken(`her second phone got ${second.code} ${second.reason}`);
  const both = await eventually(
    () => stored('alice'),
    (all) => all.length === 2,
  );
  if (storedOf(both, alice) === undefined || storedOf(both, alicesMobile) === undefined) {
    return broken(`the store holds ${listed(both)} where both her phones should be`);
  }
  pbx.drop('alice', atPbx.contact);
  const refresh = await alicesMobile.register();
  if (refresh.code >= 300) return broken(`her second phone got ${refresh.code} ${refresh.reason}`);
  const left = await eventually(
    () => stored('alice'),
    (all) => all.length === 1,
  );
  if (left.length !== 1 || storedOf(left, alicesMobile) === undefined) {
    return broken(`the store holds ${listed(left)}, not only ${alicesMobile.contact}`);
  }
  return held(`after the PBX's next answer ${alice.contact} is gone, ${alicesMobile.contact} stays`);
}

/** The story in its order: each step builds on those before it. */
export const STEPS: readonly Step[] = [
  { title: 'A wrong password: the PBX refuses it, and nothing is stored', run: wrongPassword },
  {
    title: 'A registration: accepted, with the expiry of the PBX, not of the phone',
    changesStore: true,
    run: registration,
  },
  { title: 'A message to someone online: delivered', run: messageDelivered },
  { title: 'A message to someone offline: refused with 404', run: messageToOffline },
  { title: 'A call: set up and ended through the PBX', run: call },
  { title: 'A phone that the PBX drops: gone from the store', changesStore: true, run: dropped },
];
