import { beforeEach, describe, expect, it } from 'vitest';
import { type Baresip, type BaresipOptions, startBaresip } from '../support/baresip.ts';
import { aorOf, type Pbx, secretOf } from '../support/peers/pbx.ts';
import type { Stage } from '../support/peers/stage.ts';
import type { Front } from './front.ts';

interface Office {
  readonly pbx: Pbx;
  readonly front: Front;
}

export interface OfficeRules {
  /** What the PBX says to a contact above its limit of two. */
  readonly limitAnswer: string;
  /** The most and the least that the PBX grants, in seconds. */
  readonly maximumExpires: number;
}

/** What must hold in front of any PBX: its phones register, message and call each other through the proxy. */
/** All phones are behind one address, and one of them has a wrong password, which baresip sends more often than a person would. */
export const OFFICE_SPEC = { security: { failureLimit: { perAorAndSourcePerMinute: 0 } } };

export function describeOffice(
  name: string,
  { limitAnswer, maximumExpires }: OfficeRules,
  test: Stage,
  office: () => Office,
): void {
  const phone = (user: string, options: Partial<BaresipOptions> = {}): Promise<Baresip> =>
    startBaresip(test, { user, proxy: office().front, ...options });

  const registeredPhone = async (user: string, options: Partial<BaresipOptions> = {}): Promise<Baresip> => {
    const started = await phone(user, options);
    await started.registered();
    return started;
  };

  const bindings = (user: string) => office().front.midreg.bindings(aorOf(user));

  describe(`an office with ${name} behind the proxy`, () => {
    beforeEach(async () => {
      for (const user of ['u1', 'u2']) await office().front.midreg.waitForBindings(aorOf(user), 0);
    });

    it('finds that the PBX answers', async () => {
      await office().front.midreg.waitForLog('"upstream up"');
      expect(await office().front.midreg.metric('midreg_upstream_up')).toBe(1);
    });

    it('registers a phone, and shows it as the phone wrote itself and as the PBX granted it', async () => {
      const { port } = await registeredPhone('u1', { expires: 3600 });
      const [contact, ...others] = await bindings('u1');
      expect(others).toEqual([]);
      expect(contact).toMatchObject({
        transport: 'UDP',
        remote: `127.0.0.1:${port}`,
        foreign: false,
        reachable: true,
        upstream: 'pbx',
      });
      expect(contact?.uri).toMatch(new RegExp(`^sip:u1-[^@]+@127\\.0\\.0\\.1:${port}$`));
      expect(contact?.expiresInSeconds).toBeLessThanOrEqual(maximumExpires);
      expect(contact?.expiresInSeconds).toBeGreaterThan(maximumExpires - 15);
    });

    it('shows the PBX a contact at the proxy', async () => {
      await registeredPhone('u1');
      const contacts = (await office().pbx.contacts()).filter(({ user }) => user === 'u1');
      expect(contacts).toHaveLength(1);
      expect(contacts[0]?.uri).toContain(`@127.0.0.1:${office().front.port}`);
    });

    it('lets a wrong password be refused, and keeps nothing of it', async () => {
      const guesser = await phone('u1', { secret: 'guessed' });
      expect(await guesser.refused()).toContain('401');
      expect(await bindings('u1')).toEqual([]);
    });

    it('lets the PBX refuse a contact above its limit, and keeps the others', async () => {
      const first = await registeredPhone('u1');
      const second = await registeredPhone('u1');
      const third = await phone('u1');
      expect(await third.refused()).toContain(limitAnswer);
      const remotes = (await bindings('u1')).map(({ remote }) => remote);
      expect(remotes.toSorted()).toEqual(
        [first.port, second.port].map((port) => `127.0.0.1:${port}`).toSorted(),
      );
    });

    it('delivers messages both ways, and the PBX never sees one', async () => {
      const [one, other] = [await registeredPhone('u1'), await registeredPhone('u2')];
      await one.message('u2', 'are you there?');
      expect(await other.received()).toEqual({ from: 'sip:u1@pbx.test', text: 'are you there?' });
      await other.message('u1', 'I am.');
      expect(await one.received()).toEqual({ from: 'sip:u2@pbx.test', text: 'I am.' });
      expect(office().pbx.received('MESSAGE')).toEqual([]);
    });

    it('delivers a message to every phone of a user', async () => {
      const sender = await registeredPhone('u1');
      const recipients = [await registeredPhone('u2'), await registeredPhone('u2')];
      await sender.message('u2', 'all of you');
      for (const recipient of recipients) expect((await recipient.received()).text).toBe('all of you');
    });

    it('answers 404 to a message for somebody who is not there', async () => {
      const sender = await registeredPhone('u1');
      await sender.message('u2', 'are you there?');
      await sender.messageRefused('404');
      expect(office().pbx.received('MESSAGE')).toEqual([]);
    });

    it('connects a call, with voice, that the caller ends', async () => {
      const [caller, callee] = [await registeredPhone('u1'), await registeredPhone('u2')];
      await caller.call('u2');
      expect(await callee.event('CALL_ESTABLISHED')).toMatchObject({ peeruri: 'sip:u1@pbx.test' });
      await caller.event('CALL_RTPESTAB');
      await caller.hangUp();
      await callee.event('CALL_CLOSED');
    });

    it('connects a call that the callee ends', async () => {
      const [caller, callee] = [
        await registeredPhone('u1'),
        await registeredPhone('u2', { answers: 'manual' }),
      ];
      await caller.dial('u2');
      await callee.event('CALL_INCOMING');
      await caller.event('CALL_RINGING');
      await callee.answer();
      await caller.event('CALL_ESTABLISHED');
      await callee.event('CALL_ESTABLISHED');
      await callee.hangUp();
      await caller.event('CALL_CLOSED');
    });

    it('cancels a call that the caller gives up', async () => {
      const [caller, callee] = [
        await registeredPhone('u1'),
        await registeredPhone('u2', { answers: 'manual' }),
      ];
      await caller.dial('u2');
      await callee.event('CALL_INCOMING');
      await caller.event('CALL_RINGING');
      await caller.hangUp();
      await callee.event('CALL_CLOSED');
    });

    it('tells the caller that the callee is busy', async () => {
      const [caller, callee] = [
        await registeredPhone('u1'),
        await registeredPhone('u2', { answers: 'manual' }),
      ];
      await caller.dial('u2');
      await callee.event('CALL_INCOMING');
      await callee.hangUp();
      expect((await caller.event('CALL_CLOSED')).param).toMatch(/^4\d\d/);
    });

    it('forgets a phone that leaves', async () => {
      const leaver = await registeredPhone('u1');
      await leaver.leave();
      await office().front.midreg.waitForBindings(aorOf('u1'), 0);
      expect((await office().pbx.contacts()).filter(({ user }) => user === 'u1')).toEqual([]);
    });

    it('tells in its log what happened, but no password and no word of a message', async () => {
      const [one, other] = [await registeredPhone('u1'), await registeredPhone('u2')];
      await one.message('u2', 'between the two of us');
      await other.received();
      const { log } = office().front.midreg;
      expect(log).toContain(aorOf('u1'));
      expect(log).not.toContain('between the two of us');
      expect(log).not.toContain(secretOf('u1'));
      expect(log).not.toMatch(/response=|nonce=|Authorization/i);
    });
  });
}
