import { Chance } from '../chance.ts';
import { answers, passes, plain, sequence } from './scenes.ts';
import type { Sequence, Step } from './steps.ts';

const register = (user: string, host: string): Sequence => [
  plain('1', 'udp phone', 'REGISTER', 'sip:pbx.test', user, [
    `Contact: <sip:${user}@${host}>`,
    'Expires: 3600',
  ]),
  answers(401, 'WWW-Authenticate: Digest realm="pbx.test", nonce="n"\r\n'),
  plain('2', 'udp phone', 'REGISTER', 'sip:pbx.test', user, [
    `Contact: <sip:${user}@${host}>`,
    'Expires: 3600',
  ]),
  answers(200, 'Contact: {shown}\r\n'),
];

const withTag = (step: Step): Step =>
  step.do === 'message' ? { ...step, text: step.text.replace(/^(To: [^\r]*)/m, '$1;tag=peer') } : step;

/** Whole dialogs as they are meant to be: what all others are made from by changing them. */
export const DIALOGS: readonly Sequence[] = [
  [...register('u1', '192.0.2.7:5062'), passes(100)],
  [
    ...register('u1', '192.0.2.7:5062'),
    plain('3', 'udp phone', 'MESSAGE', 'sip:u1@pbx.test', 'u1', ['Content-Type: text/plain'], 'hello'),
    answers(200),
  ],
  [
    plain(
      '10',
      'udp phone',
      'INVITE',
      'sip:bob@pbx.test',
      'u1',
      ['Contact: <sip:u1@192.0.2.7:5062>', 'Content-Type: application/sdp'],
      'v=0\r\n',
    ),
    answers(100),
    answers(183, 'Contact: <sip:bob@198.51.100.1:5070>\r\nRSeq: 1\r\nRequire: 100rel\r\n'),
    answers(200, 'Contact: <sip:bob@198.51.100.1:5070>\r\n', 0, 'v=0\r\n'),
    withTag(plain('4', 'udp phone', 'ACK', 'sip:bob@198.51.100.1:5070', 'u1', ['Route: {route}'])),
    withTag(plain('5', 'pbx', 'UPDATE', 'sip:u1@192.0.2.7:5062', 'u1', ['Route: {route}'])),
    answers(200, 'Contact: <sip:u1@192.0.2.7:5062>\r\n'),
    withTag(plain('6', 'udp phone', 'BYE', 'sip:bob@198.51.100.1:5070', 'u1', ['Route: {route}'])),
    answers(200),
  ],
  [
    ...register('u1', '192.0.2.7:5062'),
    plain('7', 'pbx', 'INVITE', '{contact}', 'carol', ['Contact: <sip:carol@198.51.100.1:5070>']),
    answers(180),
    answers(486),
    passes(40_000),
  ],
  [
    plain('8', 'tcp phone', 'SUBSCRIBE', 'sip:u1@pbx.test', 'u1', [
      'Event: message-summary',
      'Contact: <sip:u1@192.0.2.9>',
    ]),
    answers(202, 'Contact: <sip:198.51.100.1:5070>\r\nExpires: 60\r\n'),
    withTag(
      plain('9', 'pbx', 'NOTIFY', 'sip:u1@192.0.2.9', 'u1', ['Route: {route}', 'Event: message-summary']),
    ),
    answers(200),
  ],
  // A contact that proves gone leaves the store, and comes back.
  [
    ...register('u1', '192.0.2.7:5062'),
    plain('20', 'udp phone', 'MESSAGE', 'sip:u1@pbx.test', 'u1', ['Content-Type: text/plain'], 'hello'),
    answers(410),
    ...register('u1', '192.0.2.7:5062'),
  ],
  [
    plain('21', 'tcp phone', 'REGISTER', 'sip:pbx.test', 'u2', ['Contact: <sip:u2@192.0.2.9>']),
    answers(200, 'Contact: {shown}\r\n'),
    { do: 'close', which: 0 },
    plain('22', 'pbx', 'INVITE', '{contact}', 'carol', ['Contact: <sip:carol@198.51.100.1:5070>']),
  ],
  // Drawn once, for the same draws: what many things at once look like.
  ...Array.from({ length: 20 }, (_, i) => sequence(new Chance(i + 1))),
];
