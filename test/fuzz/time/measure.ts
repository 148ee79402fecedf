import { StreamFraming } from '../../../sidecar/wire/framing.ts';
import { parseMessage } from '../../../sidecar/wire/message.ts';
import { PLAIN_LINE, type Shape, SIZE, textOf, type Way } from './shape.ts';
import { answerText, received, Stage } from './stage.ts';

/** What a hostile message may cost at most, beside a plain one of the same size that comes the same way. */
export const MOST_TIMES = 20;

let serial = 0;

/** One run of what is measured. Everything that is only preparation is done before the clock starts. */
type Run = () => number;

function runOf(shape: Shape): Run {
  const stage = new Stage();
  const text = textOf(shape, stage.names);
  const timed = (work: () => void): number => {
    const started = performance.now();
    work();
    return performance.now() - started;
  };
  switch (shape.way) {
    case 'parse':
      return () => {
        const whole = received(text, ++serial);
        return timed(() => void parseMessage(whole, 'datagram'));
      };
    case 'framing': {
      const bytes = Buffer.from(text, 'latin1');
      return () => {
        const framing = new StreamFraming(2 * SIZE);
        return timed(() => {
          for (let at = 0; at < bytes.length; at += 1_400) framing.push(bytes.subarray(at, at + 1_400));
        });
      };
    }
    case 'phone':
    case 'dialog':
      return () => {
        const whole = received(text, ++serial);
        return timed(() => void stage.phone(whole));
      };
    case 'pbx':
      return () => {
        const whole = received(text, ++serial);
        return timed(() => void stage.pbx(whole));
      };
    case 'answer':
      return () => {
        const asked = stage.phone(received(textOf(question(shape.method), stage.names), ++serial));
        const lines = text.slice(text.indexOf('CSeq: '), -'Content-Length: 00000\r\n\r\n'.length);
        const answer = received(answerText(asked, lines.slice(lines.indexOf('\r\n') + 2)), 0);
        return timed(() => void stage.pbx(answer));
      };
  }
}

/** A plain request, small, for the PBX to answer. */
const question = (method: string): Shape => ({
  way: 'phone',
  method,
  place: 'headers',
  header: 'X',
  prefix: '',
  unit: '',
});

/** The message that another is compared with: the same way and method, filled with ordinary lines. */
export const plainOf = (way: Way, method: string): Shape => ({
  way,
  method,
  place: 'headers',
  header: 'X-Ordinary',
  prefix: '',
  unit: PLAIN_LINE.slice('X-Ordinary: '.length, -2),
});

export interface Cost {
  readonly ms: number;
  readonly plainMs: number;
  readonly times: number;
}

/**
 * What a shape costs and what its plain counterpart does: of each the least of `rounds` runs, one after the other in
 * turns, so that what else the machine does falls on both and is left out of both.
 */
export function costOf(shape: Shape, rounds: number): Cost {
  const [run, plain] = [runOf(shape), runOf(plainOf(shape.way, shape.method))];
  let [ms, plainMs] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let round = 0; round < rounds; round++) {
    ms = Math.min(ms, run());
    plainMs = Math.min(plainMs, plain());
  }
  return { ms, plainMs, times: ms / plainMs };
}
