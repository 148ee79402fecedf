import { isDeepStrictEqual } from 'node:util';
import { Tokens } from '../../../sidecar/registrar/token.ts';
import { type Flow, TRANSPORTS } from '../../../sidecar/wire/flow.ts';
import { must } from '../target.ts';
import { textTarget } from '../text/text-target.ts';

const secret = Buffer.alloc(32, 7);
const tokens = new Tokens({ secret, epoch: 1 });
const others = new Tokens({ secret: Buffer.alloc(32, 8), epoch: 1 });

const FLOWS: readonly Flow[] = TRANSPORTS.flatMap((transport) =>
  ['192.0.2.7', '2001:db8::7', 'fe80::1%eth0', '2001:0db8:0000:0000:0000:0000:0000:0007'].map(
    (address, i) => ({
      transport,
      listener: i === 0 ? 'fifteen-letters' : 'l',
      address,
      port: 65_535 - i,
      connection: transport === 'UDP' ? 0 : 2 ** 32 - 1 - i,
    }),
  ),
);
const MADE: ReadonlyMap<string, Flow> = new Map(FLOWS.map((flow) => [tokens.flow(flow), flow]));
const ALIKE = [...FLOWS.map((flow) => others.flow(flow)), tokens.binding('u1@pbx.test', 'sip:u1@h')];

/** Only what was made here is read, and as what it was made of. */
export function check(text: string): void {
  const read = tokens.readFlow(text);
  must(isDeepStrictEqual(read, MADE.get(text)), 'a token is read as another flow than it was made of');
  must(
    tokens.isBinding(text) === /^b[0-9a-f]{32}$/.test(text),
    'what is no name of a binding is taken for one',
  );
}

export const tokenTarget = () =>
  textTarget({
    name: 'token',
    weight: 0.2,
    seeds: [...MADE.keys(), ...ALIKE],
    generate: (chance) => {
      const made = chance.of([...MADE.keys(), ...ALIKE]);
      const at = chance.below(made.length);
      return made.slice(0, at) + chance.of('0123456789abcdefg'.split('')) + made.slice(at + 1);
    },
    check,
  });
