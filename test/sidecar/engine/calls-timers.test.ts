import { describe, expect, it } from 'vitest';
import { Header } from '../../../sidecar/wire/header.ts';
import { callFromPhone, forwarded, inviteFromPbx, inviteFromPhone, says } from '../../support/dialog.ts';
import { PBX, phone, type Sent, stream, World } from '../../support/world.ts';

const told = (sent: readonly Sent[]): (string | number)[] =>
  sent.map(({ message }) => (message.isRequest ? message.method : message.status));
const finals = (world: World): number[] =>
  world.sent().flatMap(({ message }) => (message.status >= 200 ? [message.status] : []));
const nothingLeft = (world: World): void =>
  expect(world.engine.transactions(world.now)).toEqual({ server: 0, client: 0 });

/** When what is sent is sent, in ms from now. */
function timesOf(world: World, ms: number, kind: string | number): number[] {
  const start = world.now;
  const times: number[] = [];
  while (world.now < start + ms) {
    world.pass(100);
    for (const what of told(world.sent())) if (what === kind) times.push(world.now - start);
  }
  return times;
}

describe('an INVITE to the PBX by UDP', () => {
  it('is repeated by timer A until timer B ends it, and the caller is told 408', () => {
    const world = new World();
    world.request(phone(), inviteFromPhone());
    world.sent();
    expect(timesOf(world, 31_900, 'INVITE')).toEqual([600, 1_600, 3_600, 7_600, 15_600, 31_600]);
    world.pass(200);
    expect(finals(world)).toEqual([408]);
  });

  it('is no more repeated after a provisional answer', () => {
    const world = new World();
    world.request(phone(), inviteFromPhone());
    world.answers(forwarded(world), 100);
    expect(timesOf(world, 20_000, 'INVITE')).toEqual([]);
  });

  it('that rings for longer than timer C is cancelled, and ends by the 487 (§16.8)', () => {
    const world = new World().makeKnown();
    world.request(phone(), inviteFromPhone());
    const up = forwarded(world);
    world.answers(up, 180);
    world.pass(120_000);
    world.answers(up, 180);
    world.pass(120_000);
    expect(told(world.sent())).toEqual([180, 180]);
    world.pass(61_100);
    expect(told(world.sent())).toContain('CANCEL');
    world.answers(up, 487);
    expect(finals(world)).toEqual([487]);
    world.pass(70_000);
    nothingLeft(world);
  });

  it('that answers nothing after timer C’s CANCEL is given up with 408', () => {
    const world = new World();
    world.request(phone(), inviteFromPhone());
    world.answers(forwarded(world), 180);
    world.pass(181_100 + 32_100);
    expect(finals(world)).toEqual([408]);
    world.pass(70_000);
    nothingLeft(world);
  });

  it('has each repeated refusal acknowledged until timer D ends', () => {
    const world = new World();
    world.request(phone(), inviteFromPhone());
    const up = forwarded(world);
    world.answers(up, 486);
    const [ack] = world.sent() as [Sent];
    world.answers(up, 486);
    expect(world.sentOne().message.text).toBe(ack.message.text);
    world.pass(32_100);
    world.sent();
    world.answers(up, 486);
    expect(world.sent()).toEqual([]);
  });
});

describe('a refusal of a call', () => {
  it('is repeated by timer G until timer H where no ACK comes', () => {
    const world = new World().makeKnown();
    world.request(phone(), inviteFromPhone());
    world.answers(forwarded(world), 486);
    world.sent();
    expect(timesOf(world, 40_000, 486).slice(0, 5)).toEqual([600, 1_600, 3_600, 7_600, 11_600]);
    nothingLeft(world);
  });

  it('is repeated no more after the ACK, which timer I then absorbs in silence', () => {
    const world = new World();
    const invite = inviteFromPhone({ branch: 'z9hG4bKcall' });
    world.request(phone(), invite);
    world.answers(forwarded(world), 486);
    world.sent();
    world.request(phone(), { ...invite, method: 'ACK' });
    expect(timesOf(world, 4_900, 486)).toEqual([]);
    world.request(phone(), { ...invite, method: 'ACK' });
    expect(world.sent()).toEqual([]);
    world.pass(32_000);
    nothingLeft(world);
  });

  it('is neither repeated nor waited for on a stream, where it can not be lost', () => {
    const world = new World();
    const invite = inviteFromPhone({ branch: 'z9hG4bKcall' });
    world.request(stream(1), invite);
    world.answers(forwarded(world), 486);
    world.sent();
    expect(timesOf(world, 10_000, 486)).toEqual([]);
    world.request(stream(1), { ...invite, method: 'ACK' });
    expect(world.engine.transactions(world.now).server).toBe(0);
  });
});

describe('a request other than INVITE', () => {
  it('is repeated to a phone by timer E, T2 apart after a provisional answer', () => {
    const world = new World();
    const { pbx } = callFromPhone(world);
    says(world, pbx, 'INFO');
    const down = world.sentOne();
    expect(timesOf(world, 4_000, 'INFO')).toEqual([600, 1_600, 3_600]);
    world.answers(down, 100);
    expect(timesOf(world, 9_000, 'INFO')).toEqual([4_000, 8_000]);
  });

  it('is not repeated on a stream', () => {
    const world = new World();
    const { pbx } = callFromPhone(world, stream(5));
    says(world, pbx, 'INFO');
    world.sent();
    expect(timesOf(world, 9_000, 'INFO')).toEqual([]);
  });

  it('has its answer repeated for timer J and is then forgotten', () => {
    const world = new World();
    const { phone: end } = callFromPhone(world);
    says(world, end, 'BYE', { branch: 'z9hG4bKbye' });
    world.answers(world.sentOne(), 200);
    world.sent();
    says(world, end, 'BYE', { branch: 'z9hG4bKbye' });
    expect(told(world.sent())).toEqual([200]);
    world.pass(33_000);
    nothingLeft(world);
  });

  it('is told 100 after 3.5 s, when it repeats as seldom as it would then anyway, and not before (RFC 4320)', () => {
    const world = new World();
    world.request(phone(), { method: 'SUBSCRIBE', uri: 'sip:x@pbx.test' });
    world.sent();
    world.pass(3_400);
    expect(told(world.sent())).not.toContain(100);
    world.pass(200);
    expect(told(world.sent())).toContain(100);
  });

  it('passes no provisional answer, of which there are none but 100 (RFC 4320)', () => {
    const world = new World();
    world.request(phone(), { method: 'SUBSCRIBE', uri: 'sip:x@pbx.test' });
    const up = world.sentOne();
    world.answers(up, 183);
    expect(world.sent()).toEqual([]);
    world.answers(up, 200);
    expect(finals(world)).toEqual([200]);
  });

  it('is never answered 408: a silent phone gives 480, a silent PBX 504, and so does a 408 of theirs (RFC 4320)', () => {
    for (const answer of [undefined, 408]) {
      const world = new World();
      const { phone: end, pbx } = callFromPhone(world);
      says(world, pbx, 'INFO');
      const down = world.sentOne();
      if (answer === undefined) world.pass(16_100);
      else world.answers(down, answer);
      expect(finals(world)).toEqual([480]);
      says(world, end, 'INFO');
      const up = world.sentOne();
      if (answer === undefined) world.pass(16_100);
      else world.answers(up, answer);
      expect(finals(world)).toEqual([504]);
    }
  });
});

describe('an answer without its client transaction', () => {
  it('is dropped, whatever it answers (RFC 6026 §7.3)', () => {
    const world = new World();
    const { ok } = callFromPhone(world);
    world.pass(70_000);
    world.sent();
    world.receives(PBX, ok.text);
    expect(world.sent()).toEqual([]);
  });
});

describe('a call whose PBX can not be reached', () => {
  it('is answered 504 with Retry-After at once when the INVITE can not leave', () => {
    const world = new World('', {
      listeners: [tcpListener],
      endpoint: '{name: pbx, host: 198.51.100.1, port: 5070, transport: TCP}',
      address: '198.51.100.1',
    });
    world.request(stream(1), inviteFromPhone());
    const { flow, ref } = forwarded(world);
    expect(flow.transport).toBe('TCP');
    world.give({ kind: 'sendFailed', flow, ref, reason: 'refused' });
    const { message } = world.sentOne();
    expect(message.status).toBe(504);
    expect(message.has(Header.RetryAfter)).toBe(true);
  });

  it('is not answered a second time by a late 200', () => {
    const world = new World();
    world.request(PBX, inviteFromPbx(world.register('bob', phone(5064))));
    const down = forwarded(world);
    world.pass(32_100);
    expect(finals(world)).toEqual([408]);
    world.answers(down, 200);
    expect(finals(world)).toEqual([]);
  });
});

const tcpListener = {
  name: 'tcp',
  transport: 'TCP',
  bound: { host: '203.0.113.5', port: 5060 },
  phones: { host: '203.0.113.5', port: 5060 },
  upstream: { host: '203.0.113.5', port: 5060 },
} as const;
