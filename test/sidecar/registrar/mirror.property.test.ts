import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Binding } from '../../../sidecar/registrar/binding.ts';
import { policyWith, registered, registerOf, secondsLeft, take } from './support.ts';

const HOSTS = [1, 2, 3, 4, 5, 6];
const uriOf = (host: number): string => `sip:u1@192.0.2.${host}`;

interface Story {
  readonly held: number[];
  readonly asked: number[];
  readonly listed: { host: number; seconds: number | undefined; quirk: number }[];
}

const someHosts = fc.uniqueArray(fc.constantFrom(...HOSTS), { maxLength: 6 });
const anyStory: fc.Arbitrary<Story> = fc.record({
  held: someHosts,
  asked: someHosts,
  listed: fc.uniqueArray(
    fc.record({
      host: fc.constantFrom(...HOSTS, 101, 102),
      seconds: fc.option(fc.integer({ min: 3, max: 4000 }), { nil: undefined }),
      quirk: fc.integer({ min: 0, max: 3 }),
    }),
    { selector: ({ host }) => host, maxLength: 8 },
  ),
});

/** A PBX writes a contact as it likes. */
function written(uri: string, seconds: number | undefined, quirk: number): string {
  const expires = seconds === undefined ? '' : `;expires=${seconds}`;
  switch (quirk) {
    case 0:
      return `<${uri}>${expires}`;
    case 1:
      return `"Some, one" <${uri};x=1>;q=0.5${expires}`;
    case 2:
      return `<${uri.replace('sip:', 'SIP:')}>;+sip.instance="<urn:uuid:9>"${expires}`;
    default:
      return `${uri}${expires}`;
  }
}

const run = ({ held, asked, listed }: Story) => {
  const policy = policyWith();
  let current: readonly Binding[] = [];
  for (const host of held) current = registered(`<${uriOf(host)}>`, current, { grant: 3000 });
  const request = registerOf(
    [...asked.map((host) => `Contact: <${uriOf(host)}>;expires=600`), 'Expires: 700'],
    2,
    'new',
  );
  const result = take(
    request,
    (intent) =>
      listed.map(({ host, seconds, quirk }) => {
        const token =
          intent.contacts.find(({ uriText }) => uriText === uriOf(host))?.token ??
          current.find(({ uri }) => uri === uriOf(host))?.token;
        const uri = token === undefined ? uriOf(host) : `sip:${token}@203.0.113.5:5060`;
        return `Contact: ${written(uri, seconds, quirk)}`;
      }),
    current,
    policy,
  );
  return { current, ...result };
};

it('leaves exactly what a complete answer lists', () => {
  fc.assert(
    fc.property(anyStory, (story) => {
      const { bindings } = run(story);
      // A PBX adds parameters of its own to the URI of a foreign contact, and these are kept.
      const left = bindings.map(({ uri }) => uri.replace(/;x=1$/, '').replace('SIP:', 'sip:'));
      expect(left.sort()).toEqual(story.listed.map(({ host }) => uriOf(host)).sort());
    }),
    { numRuns: 500 },
  );
});

it('never lets a contact outlive what the answer says of it', () => {
  fc.assert(
    fc.property(anyStory, (story) => {
      const { bindings, current } = run(story);
      for (const { host, seconds } of story.listed) {
        const binding = bindings.find(({ uri }) => `${uri};`.includes(`192.0.2.${host};`)) as Binding;
        const isAsked = story.asked.includes(host);
        const before = current.find(({ uri }) => uri === uriOf(host));
        // Without a word of the PBX: what was asked, what it had, or an hour for a foreign one.
        const most = seconds ?? (isAsked ? 600 : before === undefined ? 3600 : secondsLeft(before));
        expect(secondsLeft(binding)).toBeLessThanOrEqual(most);
      }
    }),
  );
});

it('tells as added, refreshed and removed just what has changed', () => {
  fc.assert(
    fc.property(anyStory, (story) => {
      const { current, bindings, added, refreshed, removed, changed } = run(story);
      const kept = current.filter((one) => bindings.some(({ uri }) => uri === one.uri)).length;
      expect(current.length - removed.length).toBe(kept);
      expect(bindings.length).toBe(kept + added.length);
      expect(refreshed.every(({ uri }) => current.some((one) => one.uri === uri))).toBe(true);
      if (!changed) expect(bindings).toEqual(current);
    }),
  );
});

it('shows the phone its own contacts and nothing of ours', () => {
  fc.assert(
    fc.property(anyStory, (story) => {
      const { answer } = run(story);
      expect(answer.text).not.toContain('203.0.113.5:5060>');
      for (const { host } of story.listed.filter((one) => one.quirk === 0))
        expect(answer.text.includes(`<${uriOf(host)}>`)).toBe(true);
    }),
  );
});
