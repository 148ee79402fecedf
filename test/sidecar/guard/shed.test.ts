import { expect, it } from 'vitest';
import type { Level } from '../../../sidecar/guard/overload.ts';
import { isShed, type Sender } from '../../../sidecar/guard/shed.ts';
import { read, requestText } from '../../support/sip-text.ts';

const NEW = ['INVITE', 'MESSAGE', 'OPTIONS', 'SUBSCRIBE', 'PUBLISH', 'XYZZY'];
const GOES_ON = ['ACK', 'BYE', 'CANCEL', 'PRACK', 'UPDATE', 'INFO'];

/** From which level on a request is refused; 4 for never. */
function from(method: string, sender: Sender, to?: string): number {
  const request = read(requestText({ method, ...(to === undefined ? {} : { to }) }));
  const refused = ([0, 1, 2, 3] as Level[]).filter((level) => isShed(request, sender, level));
  expect(refused).toEqual([0, 1, 2, 3].slice(4 - refused.length));
  return 4 - refused.length;
}

it('new work of unknown senders goes first, then their REGISTERs', () => {
  expect(NEW.map((method) => from(method, 'unknown'))).toEqual(NEW.map(() => 1));
  expect(from('REGISTER', 'unknown')).toBe(2);
});

it('new work of registered phones goes last, and their refreshes never', () => {
  expect(NEW.map((method) => from(method, 'known'))).toEqual(NEW.map(() => 3));
  expect(from('REGISTER', 'known')).toBe(4);
});

it('what goes on with something never goes, whoever sends it', () => {
  for (const sender of ['known', 'unknown'] as const) {
    for (const method of GOES_ON) expect(from(method, sender)).toBe(4);
    for (const method of NEW) expect(from(method, sender, '<sip:x@y>;tag=1')).toBe(4);
  }
});
