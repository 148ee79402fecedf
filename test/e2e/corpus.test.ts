import { beforeAll, describe, expect, it } from 'vitest';
import { expectCopy } from '../sidecar/corpus/copy.ts';
import { type Loaded, loaded, titled } from '../sidecar/corpus/corpora.ts';
import { cut, fieldOf, nameOf, returned } from '../sidecar/corpus/expected.ts';
import { fileStage } from '../support/peers/stage.ts';
import { type Office, openOffice } from './corpus-office.ts';

const PORT = 5062;
const stage = fileStage();
let office: Office;
let serial = 0;

const isResponse = ({ text }: Loaded): boolean => /^sip\//i.test(text);

/** §18.2.2: where the answers go that are not asked for by rport. */
const answerPort = ({ text }: Loaded): number => {
  const sentBy = (fieldOf(text, 'via') ?? '').split(/[;,]/)[0] ?? '';
  const port = Number(/:\s*(\d+)\s*$/.exec(sentBy)?.[1] ?? 5060);
  return port > 0 && port < 65_536 ? port : 5060;
};

const plain = (method: string, uri: string, user: string, headers: readonly string[] = []): string => {
  const id = `plain${++serial}`;
  return [
    `${method} ${uri} SIP/2.0`,
    `Via: SIP/2.0/UDP 192.0.2.7:${PORT};branch=z9hG4bK${id};rport`,
    'Max-Forwards: 70',
    `From: <sip:${user}@example.com>;tag=${id}`,
    `To: <${method === 'REGISTER' ? `sip:${user}@example.com` : uri}>`,
    `Call-ID: ${id}`,
    `CSeq: 1 ${method}`,
    ...headers,
    'Content-Length: 0\r\n\r\n',
  ].join('\r\n');
};

/** The answer of who was sent this text: what names the transaction as it stands, and further lines. */
const answerTo = (text: string, status: number, lines: readonly string[] = []): string => {
  const names = new Set(['via', 'from', 'to', 'call-id', 'cseq']);
  const kept = cut(text).headers.filter((line) => names.has(nameOf(line)));
  return [
    `SIP/2.0 ${status} Told\r\n`,
    ...kept,
    ...lines.map((line) => `${line}\r\n`),
    'Content-Length: 0\r\n\r\n',
  ].join('');
};

/** The PBX or bob ends what it was sent, and the phone hears of it. */
async function settle(who: 'pbx' | 'bob', copy: string): Promise<void> {
  const contacts = cut(copy).headers.filter((line) => nameOf(line) === 'contact');
  const listed = copy.startsWith('REGISTER ') ? contacts.map((line) => line.trimEnd()) : [];
  office.sendFrom(who, answerTo(copy, copy.startsWith('INVITE ') ? 486 : 200, listed));
  expect(await office.next('answer to the phone')).toMatchObject({ by: 'phone' });
}

/** It answers an honest question, and nothing has been heard before that. */
async function isSilent(): Promise<void> {
  const question = plain('OPTIONS', 'sip:carol@example.com', 'alice');
  office.sendFrom('phone', question);
  const { by, text } = await office.next('the honest question');
  expect([by, fieldOf(text, 'call-id')]).toEqual(['pbx', fieldOf(question, 'call-id')]);
  await settle('pbx', text);
}

async function expectRequest(one: Loaded): Promise<void> {
  const { verdict } = one;
  office.sendFrom('phone', one.text);
  if (verdict.kind === 'dropped') return isSilent();
  const { by, text } = await office.next('word of it');
  if (verdict.kind === 'refused') {
    expect(by).toBe('phone');
    expect(text).toMatch(new RegExp(`^SIP/2\\.0 ${verdict.status} `));
    if (verdict.line !== undefined) expect(text).toContain(`\r\n${verdict.line}\r\n`);
    return;
  }
  const who = verdict.kind === 'delivered' ? 'bob' : 'pbx';
  expect(by).toBe(who);
  const way = { address: office.address, port: PORT, transport: 'UDP', recordRoutes: 1 };
  expectCopy(text, one, who === 'bob' ? { ...way, requestUri: `sip:bob@${office.bob}` } : way);
  await settle(who, text);
}

async function expectResponse(one: Loaded): Promise<void> {
  const { start, headers, body } = cut(one.text);
  const method = /\S+$/.exec(fieldOf(one.text, 'cseq') ?? '')?.[0] ?? 'OPTIONS';
  office.sendFrom('phone', plain(method, 'sip:carol@example.com', 'alice'));
  const { by, text } = await office.next('the request');
  expect(by).toBe('pbx');
  const isStray = one.verdict.kind === 'dropped' && one.verdict.as === 'stray_response';
  const ours = isStray ? '' : (cut(text).headers[0] ?? '');
  office.sendFrom('pbx', [start, ours, ...headers, '\r\n', body].join(''));
  if (one.verdict.kind === 'returned') {
    expect(await office.next('the response')).toEqual({ by: 'phone', text: returned(one.text) });
    return;
  }
  await isSilent();
  await settle('pbx', text);
}

async function register(who: 'phone' | 'bob', user: string, at: string): Promise<void> {
  const contact = `Contact: <sip:${user}@${at}>`;
  office.sendFrom(who, plain('REGISTER', 'sip:example.com', user, [contact]));
  const { text } = await office.next('the REGISTER');
  const contacts = cut(text).headers.filter((line) => nameOf(line) === 'contact');
  const listed = contacts.map((line) => line.trimEnd());
  office.sendFrom('pbx', answerTo(text, 200, listed));
  expect(await office.next('the 200')).toMatchObject({ by: who });
}

beforeAll(async () => {
  const ports = new Set(loaded.filter((one) => !isResponse(one)).map(answerPort));
  office = await openOffice(stage, PORT, [...ports]);
  await register('bob', 'bob', office.bob);
});

/** §17.2.3: several messages of the RFCs have one branch, so that what comes later would be taken for a repetition. */
const branches = new Set<string>();
function unrepeated(one: Loaded): Loaded {
  const branch = /branch=(z9hG4bK[^;,\s]+)/.exec(fieldOf(one.text, 'via') ?? '')?.[1];
  if (branch === undefined) return one;
  if (!branches.has(branch)) {
    branches.add(branch);
    return one;
  }
  return { ...one, text: one.text.replace(branch, () => `${branch}${++serial}`) };
}

describe('each message of the corpora, over UDP to one running proxy', () => {
  it.each(titled(loaded.filter((one) => !isResponse(one))))('a request: %s', async (_, one) => {
    // Some of them take away what alice has registered.
    if (one.verdict.kind === 'delivered') await register('phone', 'alice', `${office.address}:${PORT}`);
    await expectRequest(unrepeated(one));
  });

  it.each(titled(loaded.filter(isResponse)))('a response: %s', (_, one) => expectResponse(one));

  it('leaves it alive, with no fault of its own and nothing unasked for', async () => {
    await isSilent();
    expect(office.unread).toEqual([]);
    expect(await office.midreg.metric('midreg_bugs_total')).toBe(0);
  });
});
