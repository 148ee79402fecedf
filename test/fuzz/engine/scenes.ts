import type { Chance } from '../chance.ts';
import { message, request } from '../text/message.ts';
import type { Peer, Sequence, Step } from './steps.ts';
import { PEER_NAMES, PEERS, PHONE_NAMES } from './variants.ts';

/** Things that happen one after the other for one purpose; several of them are interleaved. */
type Scene = (chance: Chance) => Step[];

/** A request as a plain peer writes it; `id` tells it from others, `lines` are more header lines. */
export function plain(
  id: string,
  from: Peer,
  method: string,
  uri: string,
  user: string,
  lines: readonly string[],
  body = '',
): Step {
  const { transport, address, port } = PEERS[from];
  const sentBy = address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
  const text = [
    `${method} ${uri} SIP/2.0`,
    `Via: SIP/2.0/${transport} ${sentBy};branch=z9hG4bKp${id};rport`,
    'Max-Forwards: 70',
    `From: <sip:${user}@pbx.test>;tag=f${id}`,
    `To: <sip:${user}@pbx.test>`,
    `Call-ID: c${id}`,
    `CSeq: 1 ${method}`,
    ...lines,
    `Content-Length: ${body.length}`,
    '',
    body,
  ].join('\r\n');
  return { do: 'message', from, text };
}

export const answers = (status: number, headers = '', to = 0, body = ''): Step => ({
  do: 'answer',
  to,
  status,
  headers,
  body,
  edits: [],
});
export const passes = (ms: number): Step => ({ do: 'pass', ms });

const rewritten = (step: Step, from: RegExp, to: string): Step =>
  step.do === 'message' ? { ...step, text: step.text.replace(from, to) } : step;

const name = (chance: Chance): string => String(chance.below(1e6));

const USERS = ['u1', 'u2', 'u3'];
const anyStatus = (chance: Chance): number =>
  chance.of([
    100, 180, 183, 200, 200, 200, 202, 302, 401, 404, 407, 408, 410, 423, 430, 481, 486, 487, 500, 503, 600,
    603,
  ]);

const registers: Scene = (chance) => {
  const from = chance.of(PHONE_NAMES);
  const user = chance.of(USERS);
  const { address, port } = PEERS[from];
  const host = address.includes(':') ? `[${address}]` : address;
  const contact = chance.of([
    `<sip:${user}@${host}:${port}>`,
    `<sip:${user}@${host}:${port}>;+sip.instance="<urn:uuid:${user}>";reg-id=${1 + chance.below(2)}`,
    `"A, B" <sip:${user}@${host}:${port};ob>;q=0.${chance.below(10)}, <sip:${user}@{victim}>`,
    `<sip:${user}@${host}:${port}>;expires=0`,
    '*',
    `<tel:+49>, <sips:${user}@${host}>`,
  ]);
  const lines = [`Contact: ${contact}`, `Expires: ${contact === '*' ? 0 : chance.of([3600, 60, 0])}`];
  if (chance.once(3)) lines.push('Supported: path, outbound', 'Path: <sip:{victim};lr>');
  const status = chance.once(4) ? anyStatus(chance) : 200;
  const list = chance.of([
    'Contact: {shown}\r\n',
    'Contact: {shown}\r\n',
    'Contact: {shown}, <sip:x@{victim}>;expires=60, {contact2}\r\n',
    'Contact: <{contact}>;expires=9999\r\nContact: <{contact1}>;expires=0\r\nExpires: 5\r\n',
    'Contact: {shown}, {shown}\r\nPath: <sip:p;lr>\r\n',
    '',
  ]);
  return [plain(name(chance), from, 'REGISTER', 'sip:pbx.test', user, lines), answers(status, list)];
};

const sendsMessage: Scene = (chance) => {
  const to = chance.of([
    `sip:${chance.of(USERS)}@pbx.test`,
    '{contact}',
    'sip:other@elsewhere.test',
    'sip:u1@pbx.test;gr=urn:uuid:u1',
  ]);
  const from = chance.once(4) ? chance.of(PEER_NAMES) : chance.of(PHONE_NAMES);
  const body = chance.once(8) ? 'x'.repeat(1_500) : 'hello';
  return [
    plain(name(chance), from, 'MESSAGE', to, chance.of(USERS), ['Content-Type: text/plain'], body),
    ...(chance.once(3) ? [passes(chance.of([600, 20_000, 40_000]))] : []),
    answers(anyStatus(chance)),
    answers(anyStatus(chance), '', 1),
  ];
};

/** A call from somebody to somebody; then requests within its dialog from both ends, or a CANCEL. */
const calls: Scene = (chance) => {
  const isFromPbx = chance.once(2);
  const from = isFromPbx
    ? chance.of<Peer>(['pbx', 'pbx', 'pbx stream', 'pbx other port', 'pbx source'])
    : chance.of(PHONE_NAMES);
  const { address, port } = PEERS[from];
  const uri = isFromPbx
    ? chance.of(['{contact}', '{contact1}', 'sip:u1@pbx.test'])
    : chance.of(['sip:u2@pbx.test', 'sip:1@x.test', 'tel:1']);
  const method = chance.once(6) ? 'SUBSCRIBE' : 'INVITE';
  const lines = [`Contact: <sip:a@${address.includes(':') ? `[${address}]` : address}:${port}>`];
  if (chance.once(6)) lines.push('Record-Route: <sip:{victim};lr>');
  if (chance.once(6)) lines.push('Max-Breadth: 3');
  if (chance.once(6)) lines.push('Route: <sip:203.0.113.5;lr>');
  const invite = plain(name(chance), from, method, uri, 'u1', lines);
  const steps: Step[] = [invite];
  for (let count = chance.few(2); count > 0; count--) steps.push(answers(chance.of([100, 180, 183])));
  if (chance.once(3)) steps.push(passes(chance.of([100, 700, 33_000, 200_000])));
  if (chance.once(3)) {
    const cancel = rewritten(rewritten(invite, /^\w+/, 'CANCEL'), /CSeq: 1 \w+/, 'CSeq: 1 CANCEL');
    steps.push(cancel, answers(chance.of([200, 481])), answers(487, '', 1));
  }
  const contact = chance.of(['<sip:b@198.51.100.1:5070>', '<sip:b@known.example>', '<sip:b@192.0.2.8:5064>']);
  steps.push(answers(anyStatus(chance), `Contact: ${contact}\r\n`));
  const ack = rewritten(rewritten(invite, /^\w+/, 'ACK'), /CSeq: 1 \w+/, 'CSeq: 1 ACK');
  steps.push(chance.once(2) ? ack : rewritten(ack, /branch=\w+/, `branch=z9hG4bKack${chance.below(1e6)}`));
  const routes = chance.of([
    ['Route: {route}'],
    ['Route: {route}, {route1}'],
    ['Route: {route}', 'Route: <sip:{victim};lr>'],
    ['Route: {route}, <sip:known.example;lr>'],
  ]);
  const target = chance.of([
    'sip:b@198.51.100.1:5070',
    'sip:b@known.example',
    'sip:b@{victim}',
    '{contact}',
    'sip:203.0.113.5;lr',
  ]);
  for (let count = chance.few(3); count > 0; count--) {
    const within = plain(
      name(chance),
      chance.of([from, 'pbx', chance.of(PEER_NAMES)]),
      chance.of(['BYE', 'INVITE', 'INFO', 'UPDATE', 'ACK', 'MESSAGE']),
      target,
      'u1',
      routes,
    );
    steps.push(rewritten(within, /^(To: [^\r]*)/m, '$1;tag=peer'), answers(anyStatus(chance)));
  }
  return steps;
};

const makesNoise: Scene = (chance) => {
  const from = chance.of(PEER_NAMES);
  const { transport, address, port } = PEERS[from];
  const wishes = { transport, sentBy: address.includes(':') ? `[${address}]:${port}` : `${address}:${port}` };
  const text = chance.once(3) ? message(chance) : request(chance, wishes);
  const steps: Step[] = [{ do: 'message', from, text }];
  if (chance.once(3)) steps.push({ do: 'message', from, text });
  return [
    ...steps,
    answers(anyStatus(chance), chance.of(['', 'Contact: {shown}\r\n', 'Contact: <sip:x@h>\r\n'])),
  ];
};

const anyStep = (chance: Chance): Step => {
  switch (chance.below(9)) {
    case 0:
      return passes(chance.of([1, 16, 500, 4_000, 32_000, 181_000]));
    case 1:
      return { do: 'jump', ms: chance.of([1, 500, 5_000, 33_000, 70_000, 400_000, 86_400_000]) };
    case 2:
      return {
        do: 'fail',
        of: chance.below(4),
        reason: chance.of(['refused', 'gone', 'busy', 'tooLarge'] as const),
      };
    case 3:
      return { do: 'close', which: chance.below(4) };
    case 4:
      return { do: 'hold', isOn: chance.once(2) };
    case 5:
      return {
        do: 'release',
        which: chance.below(4),
        twice: chance.once(4),
        outcome: chance.of(['ok', 'ok', 'full', 'failed'] as const),
      };
    case 6:
      return { do: 'configure', variant: chance.below(10) };
    case 7:
      return chance.once(2)
        ? chance.of<Step>([
            { do: 'probe', hop: chance.below(4), isRepeat: chance.once(2) },
            { do: 'probe failed', hop: chance.below(4), isDown: chance.once(2) },
          ])
        : { do: 'upstream', isThere: !chance.once(3) };
    default:
      return answers(anyStatus(chance), '', chance.below(6));
  }
};

const SCENES: readonly Scene[] = [registers, registers, sendsMessage, calls, calls, makesNoise];

/** Several scenes, interleaved, with other things happening between. */
export function sequence(chance: Chance): Sequence {
  const scenes = Array.from({ length: 1 + chance.few(4) }, () => chance.of(SCENES)(chance));
  if (!chance.once(3)) scenes.unshift(registers(chance));
  const steps: Step[] = [];
  while (scenes.some((scene) => scene.length > 0)) {
    const scene = chance.of(scenes.filter(({ length }) => length > 0));
    for (let count = 1 + chance.below(3); count > 0 && scene.length > 0; count--)
      steps.push(scene.shift() as Step);
    if (chance.once(8)) steps.push(anyStep(chance));
  }
  return steps;
}

export const oneStep = anyStep;
