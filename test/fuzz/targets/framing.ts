import { StreamFraming } from '../../../sidecar/wire/framing.ts';
import { isMalformed, parseMessage } from '../../../sidecar/wire/message.ts';
import { Chance } from '../chance.ts';
import { must } from '../target.ts';
import { message } from '../text/message.ts';
import { withoutPlaces } from '../text/places.ts';
import { textTarget } from '../text/text-target.ts';

const MAX_BYTES = 4_000;

interface Cut {
  readonly messages: string[];
  pings: number;
  isFaulty: boolean;
}

function cutUp(stream: Buffer, sizes: () => number): Cut {
  const framing = new StreamFraming(MAX_BYTES);
  const all: Cut = { messages: [], pings: 0, isFaulty: false };
  for (let at = 0; at < stream.length; ) {
    const chunk = Buffer.from(stream.subarray(at, at + sizes()));
    const { messages, pings, fault } = framing.push(chunk);
    at += chunk.length;
    chunk.fill(0); // the caller may use it again
    must(framing.pending <= 2 * MAX_BYTES + chunk.length, 'it holds more than it may');
    must(!all.isFaulty || (messages.length === 0 && pings === 0), 'it goes on after a fault');
    for (const one of messages) all.messages.push(one);
    all.pings += pings;
    all.isFaulty ||= fault !== undefined;
  }
  return all;
}

/** The messages but the one that a fault is told by, of which there are the header lines if they have come. */
const goodOf = ({ messages, isFaulty }: Cut): readonly string[] =>
  isFaulty ? messages.filter((one) => !isMalformed(parseMessage(one, 'stream'))) : messages;

/** However a stream is cut into chunks, the same messages, pings and end come of it. */
export function check(text: string): void {
  const stream = Buffer.from(text, 'latin1');
  const chance = new Chance(stream.length, text.slice(0, 200));
  const whole = cutUp(stream, () => stream.length);
  const good = goodOf(whole);
  for (const one of good) {
    must(one.length <= MAX_BYTES, 'a message is larger than allowed');
    parseMessage(one, 'stream');
  }
  const ways: (() => number)[] = [() => 1 + chance.below(9), () => 1 + chance.below(700)];
  if (stream.length < 500) ways.push(() => 1);
  for (const sizes of ways) {
    const cut = cutUp(stream, sizes);
    const messages = goodOf(cut);
    must(messages.length === good.length, 'another number of messages by other chunks');
    must(
      messages.every((one, i) => one === good[i]),
      'other messages by other chunks',
    );
    must(cut.isFaulty === whole.isFaulty, 'a fault by some chunks alone');
    must(cut.pings === whole.pings, 'another number of pings by other chunks');
  }
}

const BETWEEN = ['', '', '', '\r\n', '\r\n\r\n', '\n', '\r', '\r\n\r\n\r\n\r\n', 'x', '\x16\x03\x01'];

export const framingTarget = (seeds: readonly string[]) =>
  textTarget({
    name: 'framing',
    weight: 1,
    seeds: [...seeds, seeds.slice(0, 5).join(''), '\r\n\r\n\r\n\r\n'],
    generate: (chance) => {
      let text = '';
      for (let count = 1 + chance.few(4); count > 0; count--) text += chance.of(BETWEEN) + message(chance);
      return withoutPlaces(text);
    },
    check,
  });
