import { describe, expect, it } from 'vitest';
import { Header } from '../../../sidecar/wire/header.ts';
import { PBX, phone, stream, World } from '../../support/world.ts';

const contactOf = (world: World, aor = 'u1@pbx.test') => world.location.find(aor).map(({ uri }) => uri);

describe('a REGISTER on its way to the PBX', () => {
  it('keeps its Request-URI, To, Call-ID, CSeq and digest headers, so that authentication is the PBX’s own', () => {
    const world = new World();
    const digest =
      'Authorization: Digest username="u1", realm="pbx.test", nonce="n", uri="sip:pbx.test", response="r"';
    world.request(phone(), {
      method: 'REGISTER',
      callId: 'c1',
      cseq: 4,
      headers: ['Contact: <sip:u1@192.0.2.7:5062>', digest],
    });
    const { message, flow } = world.sentOne();
    expect(flow).toMatchObject({ address: '198.51.100.1', port: 5070, transport: 'UDP' });
    expect(message.requestUri).toBe('sip:pbx.test');
    expect(message.callId()).toBe('c1');
    expect(message.cseq()).toEqual({ number: 4, method: 'REGISTER' });
    expect(message.text).toContain(`${digest}\r\n`);
  });

  it('carries our Via above the phone’s, which is stamped with where it really came from', () => {
    const world = new World();
    world.request(phone(), {
      method: 'REGISTER',
      sentBy: '10.0.0.9:5060',
      headers: ['Contact: <sip:u1@10.0.0.9>'],
    });
    const [ours, theirs] = world.sentOne().message.values(Header.Via);
    expect(ours).toMatch(/^SIP\/2.0\/UDP 203\.0\.113\.5:5060;branch=z9hG4bK\S+;rport$/);
    expect(theirs).toMatch(/^SIP\/2.0\/UDP 10\.0\.0\.9:5060;branch=\S+;received=192\.0\.2\.7;rport=5062$/);
  });

  it('has one hop less to go', () => {
    const world = new World();
    world.request(phone(), { method: 'REGISTER', headers: ['Contact: <sip:u1@192.0.2.7>'] });
    expect(world.sentOne().message.value(Header.MaxForwards)).toBe('69');
  });

  it('is refused with 404 for a domain that is not served, and goes nowhere', () => {
    const world = new World();
    world.request(phone(), {
      method: 'REGISTER',
      uri: 'sip:other.test',
      from: 'sip:u1@other.test',
      headers: ['Contact: <sip:u1@192.0.2.7>'],
    });
    const { message, flow } = world.sentOne();
    expect(message.status).toBe(404);
    expect(flow.port).toBe(5062);
  });

  it('is answered 504 with Retry-After when the PBX stays silent, and the store is left as it was', () => {
    const world = new World();
    world.register('u1');
    world.request(phone(), {
      method: 'REGISTER',
      callId: 'reg-u1-5062',
      cseq: 2,
      headers: ['Contact: <sip:u1@192.0.2.7:5062>'],
    });
    world.sent();
    world.pass(10_050);
    const answer = world.sent().find(({ message }) => message.status >= 200);
    expect(answer?.message.status).toBe(504);
    expect(answer?.message.has(Header.RetryAfter)).toBe(true);
    expect(contactOf(world)).toEqual(['sip:u1@192.0.2.7:5062']);
  });

  it('is not committed by a 2xx that comes after we have given up', () => {
    const world = new World();
    world.request(phone(), { method: 'REGISTER', headers: ['Contact: <sip:u1@192.0.2.7:5062>'] });
    const up = world.sentOne();
    world.pass(10_050);
    world.sent();
    world.answers(up, 200, [`Contact: ${up.message.value(Header.Contact)};expires=60`]);
    expect(contactOf(world)).toEqual([]);
    expect(world.sent()).toEqual([]);
    expect(world.engine.counters.drops.get('stray_response')).toBe(1);
  });

  it('is absorbed when it is repeated, before and after its answer', () => {
    const world = new World();
    const again = {
      method: 'REGISTER',
      branch: 'z9hG4bKsame',
      callId: 'c',
      headers: ['Contact: <sip:u1@192.0.2.7:5062>'],
    } as const;
    world.request(phone(), again);
    const up = world.sentOne();
    world.request(phone(), again);
    expect(world.sent()).toEqual([]);
    world.answers(up, 401, ['WWW-Authenticate: Digest realm="pbx.test", nonce="n"']);
    const first = world.sentOne().message.text;
    world.request(phone(), again);
    expect(world.sentOne().message.text).toBe(first);
  });
});

describe('the PBX’s answer to a REGISTER', () => {
  it.each([301, 401, 403, 407, 420, 423, 480, 500, 503, 603])(
    'of %i goes back unchanged and leaves the store as it was',
    (status) => {
      const world = new World();
      world.register('u1');
      world.request(phone(), {
        method: 'REGISTER',
        callId: 'reg-u1-5062',
        cseq: 2,
        headers: ['Contact: <sip:u1@192.0.2.7:5062>'],
      });
      const headers = [
        'WWW-Authenticate: Digest realm="pbx.test", nonce="n"',
        'Min-Expires: 120',
        'Retry-After: 7',
      ];
      world.answers(world.sentOne(), status, headers);
      const { message, flow } = world.sentOne();
      expect(message.status).toBe(status);
      expect(flow.port).toBe(5062);
      for (const header of headers) expect(message.text).toContain(`${header}\r\n`);
      expect(message.values(Header.Via)).toHaveLength(1);
      expect(contactOf(world)).toEqual(['sip:u1@192.0.2.7:5062']);
    },
  );

  it('of 100 is not passed on and stores nothing', () => {
    const world = new World();
    world.request(phone(), { method: 'REGISTER', headers: ['Contact: <sip:u1@192.0.2.7:5062>'] });
    world.answers(world.sentOne(), 100);
    expect(world.sent()).toEqual([]);
    expect(contactOf(world)).toEqual([]);
  });

  it.each([200, 202, 299])(
    'of %i commits: the phone gets its own contact back with the PBX’s expiry',
    (status) => {
      const world = new World();
      world.request(phone(), {
        method: 'REGISTER',
        headers: ['Contact: "Desk" <sip:u1@192.0.2.7:5062;ob>;q=0.7', 'Expires: 3600'],
      });
      const up = world.sentOne();
      const shown = up.message.value(Header.Contact) as string;
      expect(shown).not.toContain('192.0.2.7');
      world.answers(up, status, [`Contact: ${shown};expires=120`]);
      const { message } = world.sentOne();
      expect(message.status).toBe(status);
      expect(message.value(Header.Contact)).toContain('<sip:u1@192.0.2.7:5062;ob>');
      expect(message.value(Header.Contact)).toContain('expires=120');
      expect(contactOf(world)).toEqual(['sip:u1@192.0.2.7:5062;ob']);
    },
  );

  it('reaches the phone only after the store has written it', () => {
    const world = new World();
    world.request(phone(), { method: 'REGISTER', headers: ['Contact: <sip:u1@192.0.2.7:5062>'] });
    const up = world.sentOne();
    world.holdWrites = true;
    world.answers(up, 200, [`Contact: ${up.message.value(Header.Contact)};expires=120`]);
    expect(world.sent()).toEqual([]);
    world.release();
    expect(world.sentOne().message.status).toBe(200);
  });

  it('becomes 503 with Retry-After when the store refuses the write', () => {
    for (const outcome of ['full', 'failed'] as const) {
      const world = new World();
      world.writeOutcome = outcome;
      world.request(phone(), { method: 'REGISTER', headers: ['Contact: <sip:u1@192.0.2.7:5062>'] });
      const up = world.sentOne();
      world.answers(up, 200, [`Contact: ${up.message.value(Header.Contact)};expires=120`]);
      const { message } = world.sentOne();
      expect(message.status).toBe(503);
      expect(message.has(Header.RetryAfter)).toBe(true);
    }
  });

  it('waits for the AoR’s earlier change to be written, so that two never interleave', () => {
    const world = new World('  registration: {replyContacts: Complete}');
    world.request(phone(5062), {
      method: 'REGISTER',
      callId: 'a',
      headers: ['Contact: <sip:u1@192.0.2.7:5062>'],
    });
    const first = world.sentOne();
    world.request(phone(5063), {
      method: 'REGISTER',
      callId: 'b',
      headers: ['Contact: <sip:u1@192.0.2.7:5063>'],
    });
    const second = world.sentOne();
    world.holdWrites = true;
    const [a, b] = [first.message.value(Header.Contact), second.message.value(Header.Contact)];
    world.answers(first, 200, [`Contact: ${a};expires=120`]);
    world.answers(second, 200, [`Contact: ${a};expires=120, ${b};expires=120`]);
    expect(world.heldWrites).toHaveLength(1);
    world.release();
    world.release();
    expect(world.sent().map(({ message }) => message.status)).toEqual([200, 200]);
    expect(contactOf(world).sort()).toEqual(['sip:u1@192.0.2.7:5062', 'sip:u1@192.0.2.7:5063']);
  });

  it('does not bring back a phone that has left meanwhile, though it was asked earlier', () => {
    const world = new World();
    const contact = 'Contact: <sip:u1@192.0.2.7:5062>';
    world.request(phone(), { method: 'REGISTER', callId: 'c', cseq: 10, headers: [contact] });
    const staying = world.sentOne();
    world.request(phone(), { method: 'REGISTER', callId: 'c', cseq: 11, headers: [contact, 'Expires: 0'] });
    world.answers(world.sentOne(), 200);
    world.sent();
    world.answers(staying, 200, [`Contact: ${staying.message.value(Header.Contact)};expires=60`]);
    expect(world.sentOne().message.status).toBe(200);
    expect(contactOf(world)).toEqual([]);
  });

  it('commits although the phone’s connection has closed meanwhile, but the phone counts as out of reach', () => {
    const world = new World();
    const flow = stream(3);
    world.request(flow, { method: 'REGISTER', headers: ['Contact: <sip:u1@192.0.2.7:5062;transport=tcp>'] });
    const up = world.sentOne();
    world.give({ kind: 'flowClosed', connection: 3 });
    world.answers(up, 200, [`Contact: ${up.message.value(Header.Contact)};expires=120`]);
    expect(world.location.find('u1@pbx.test')[0]?.flow?.connection).toBe(-1);
  });

  it('is told apart from a forged one by nobody but its branch: an unknown branch is dropped', () => {
    const world = new World();
    world.request(phone(), { method: 'REGISTER', headers: ['Contact: <sip:u1@192.0.2.7:5062>'] });
    const up = world.sentOne();
    const forged = up.message.text.replace(/branch=z9hG4bK[^;]+/, 'branch=z9hG4bKguess');
    world.receives(PBX, forged.replace(/^[^\r]+/, 'SIP/2.0 200 OK'));
    expect(world.sent()).toEqual([]);
    expect(contactOf(world)).toEqual([]);
  });
});

describe('the three insertions', () => {
  it('Contact: the same phone contact always yields the same outgoing URI', () => {
    const world = new World();
    const first = world.register('u1', phone(), { cseq: 1 });
    expect(world.register('u1', phone(), { cseq: 2 })).toBe(first);
    expect(first).toMatch(/^sip:[a-z0-9]+@203\.0\.113\.5:5060$/);
  });

  it('Path: the Contact passes untouched and our Path with lr is on top', () => {
    const world = new World('  registration: {insertion: Path}');
    world.request(phone(), {
      method: 'REGISTER',
      headers: ['Contact: <sip:u1@192.0.2.7:5062>', 'Supported: path'],
    });
    const { message } = world.sentOne();
    expect(message.value(Header.Contact)).toBe('<sip:u1@192.0.2.7:5062>');
    expect(message.value(Header.Path)).toMatch(/^<sip:[a-z0-9]+@203\.0\.113\.5:5060;lr(;ob)?>$/);
  });

  it('None: nothing is put in, and the store still follows the answers', () => {
    const world = new World('  registration: {insertion: None}');
    world.request(phone(), { method: 'REGISTER', headers: ['Contact: <sip:u1@192.0.2.7:5062>'] });
    const up = world.sentOne();
    expect(up.message.value(Header.Contact)).toBe('<sip:u1@192.0.2.7:5062>');
    expect(up.message.has(Header.Path)).toBe(false);
    world.answers(up, 200, ['Contact: <sip:u1@192.0.2.7:5062>;expires=120']);
    expect(contactOf(world)).toEqual(['sip:u1@192.0.2.7:5062']);
  });
});
