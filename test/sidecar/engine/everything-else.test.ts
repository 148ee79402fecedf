import { describe, expect, it } from 'vitest';
import { Header } from '../../../sidecar/wire/header.ts';
import { forwarded } from '../../support/dialog.ts';
import { requestText } from '../../support/sip-text.ts';
import { PBX, phone, type Sent, World } from '../../support/world.ts';

const bob = phone(5064);
const statuses = (sent: readonly Sent[]): number[] => sent.map(({ message }) => message.status);

/** A request whose Max-Forwards is another. */
const withHops = (hops: string, parts: Parameters<typeof requestText>[0]): string =>
  requestText(parts).replace('Max-Forwards: 70\r\n', hops === '' ? '' : `Max-Forwards: ${hops}\r\n`);

describe('OPTIONS', () => {
  it('to us is answered 200 with what we can do (§11.2)', () => {
    for (const source of [phone(), PBX]) {
      const world = new World();
      world.request(source, { method: 'OPTIONS', uri: 'sip:203.0.113.5:5060' });
      const { message } = world.sentOne();
      expect(message.status).toBe(200);
      expect(message.value(Header.Allow)).toContain('MESSAGE');
      expect(message.has(Header.Accept)).toBe(true);
      expect(message.has(Header.Supported)).toBe(true);
    }
  });

  it('of a phone to the PBX’s domain or to somebody there goes to the PBX', () => {
    for (const uri of ['sip:pbx.test', 'sip:bob@pbx.test', 'sip:198.51.100.1:5070']) {
      const world = new World();
      world.request(phone(), { method: 'OPTIONS', uri });
      const up = forwarded(world);
      expect(up.flow.port).toBe(5070);
      expect(up.message.has(Header.RecordRoute)).toBe(false);
      world.answers(up, 200, ['Allow: INVITE']);
      expect(world.sentOne().message.value(Header.Allow)).toBe('INVITE');
    }
  });

  it('of the PBX, which looks whether a phone is there, reaches the phone', () => {
    const world = new World();
    world.request(PBX, { method: 'OPTIONS', uri: world.register('bob', bob) });
    const down = forwarded(world);
    expect(down.flow).toEqual(bob);
    world.answers(down, 200);
    expect(world.sentOne()).toMatchObject({ flow: PBX, message: { status: 200 } });
  });

  it.each(['0', '00'])(
    'with Max-Forwards %s goes no further, and is answered only if it asks ourselves (§16.3 step 3)',
    (hops) => {
      const world = new World();
      const shown = world.register('bob', bob);
      for (const uri of ['sip:bob@pbx.test', shown]) {
        world.receives(PBX, withHops(hops, { method: 'OPTIONS', uri }));
        expect(statuses(world.sent())).toEqual([483]);
      }
      world.receives(PBX, withHops(hops, { method: 'OPTIONS', uri: 'sip:203.0.113.5' }));
      expect(statuses(world.sent())).toEqual([200]);
    },
  );
});

describe('a request outside of calls', () => {
  it.each(['SUBSCRIBE', 'NOTIFY', 'PUBLISH', 'REFER', 'INFO', 'UPDATE', 'XYZZY'])(
    '%s of a phone goes to the PBX as it is',
    (method) => {
      const world = new World();
      const headers = ['Event: presence', 'X-Odd :  as it is', 'Content-Type: text/x'];
      world.request(phone(), { method, uri: 'sip:bob@pbx.test', headers, body: 'body' });
      const { flow, message } = forwarded(world);
      expect(flow.port).toBe(5070);
      expect(message.method).toBe(method);
      expect(message.body).toBe('body');
      for (const header of headers) expect(message.text).toContain(`${header}\r\n`);
    },
  );

  it.each([
    ['SUBSCRIBE', 2],
    ['REFER', 2],
    ['NOTIFY', 2],
    ['XYZZY', 2],
    ['PUBLISH', 0],
    ['OPTIONS', 0],
    ['INFO', 0],
  ] as const)('%s carries %i Record-Routes: those and no others may open a dialog', (method, count) => {
    const world = new World();
    world.request(phone(), { method, uri: 'sip:bob@pbx.test' });
    expect(forwarded(world).message.values(Header.RecordRoute)).toHaveLength(count);
  });

  it.each(['SUBSCRIBE', 'NOTIFY', 'REFER', 'INFO', 'XYZZY'])(
    '%s of the PBX reaches the phone by its contact and by its AoR',
    (method) => {
      const world = new World();
      const shown = world.register('bob', bob);
      for (const uri of [shown, 'sip:bob@pbx.test']) {
        world.request(PBX, { method, uri });
        const down = forwarded(world);
        expect(down).toMatchObject({ flow: bob, message: { method, requestUri: 'sip:bob@192.0.2.7:5064' } });
        world.answers(down, 202);
        expect(world.sentOne()).toMatchObject({ flow: PBX, message: { status: 202 } });
      }
    },
  );

  it('NOTIFY of a subscription reaches the phone by the route that the SUBSCRIBE recorded', () => {
    const world = new World();
    world.request(phone(), { method: 'SUBSCRIBE', uri: 'sip:bob@pbx.test', headers: ['Event: presence'] });
    const up = forwarded(world);
    const headers = up.message.values(Header.RecordRoute).map((route) => `Route: ${route}`);
    world.request(PBX, { method: 'NOTIFY', uri: 'sip:u1@10.0.0.9', to: '<sip:u1@pbx.test>;tag=f', headers });
    expect(forwarded(world)).toMatchObject({ flow: phone(), message: { requestUri: 'sip:u1@10.0.0.9' } });
  });

  it('MESSAGE of the PBX by a phone’s contact obeys the policy, and drops a contact that is gone', () => {
    const world = new World();
    const shown = world.register('bob', bob);
    const message = { method: 'MESSAGE', uri: shown, headers: ['Content-Type: text/plain'] } as const;
    world.request(PBX, { ...message, body: 'x'.repeat(1_300) });
    expect(statuses(world.sent())).toEqual([413]);
    world.request(PBX, { ...message, body: 'hello' });
    const down = forwarded(world);
    expect(down.flow).toEqual(bob);
    world.answers(down, 404);
    expect(statuses(world.sent())).toEqual([404]);
    expect(world.location.find('bob@pbx.test')).toEqual([]);
  });
});

describe('where a request may go', () => {
  it('from a phone is to the PBX, whatever domain it names: it is no relay to anywhere else', () => {
    for (const uri of ['sip:x@elsewhere.test', 'sip:x@192.0.2.66:5060', 'sip:1@198.51.100.1:5070']) {
      const world = new World();
      world.request(phone(), { method: 'INVITE', uri });
      const { flow, message } = forwarded(world);
      expect(flow).toMatchObject({ address: '198.51.100.1', port: 5070 });
      expect(message.requestUri).toBe(uri);
      expect(world.resolved).toEqual([]);
    }
  });

  it.each(['tel:+4930123456', 'urn:service:sos'])('from a phone is to the PBX for %s', (uri) => {
    const world = new World();
    world.request(phone(), { method: 'INVITE', uri });
    expect(forwarded(world)).toMatchObject({ flow: { port: 5070 }, message: { requestUri: uri } });
  });

  it('is nowhere for another scheme: 416 (§16.3 step 2)', () => {
    const world = new World();
    world.request(phone(), { method: 'OPTIONS', uri: 'http://pbx.test/' });
    world.request(PBX, { method: 'OPTIONS', uri: 'tel:+4930123456' });
    expect(statuses(world.sent())).toEqual([416, 416]);
  });

  it('from the PBX is to phones alone: 404 for a domain that is not served, or for ourselves', () => {
    const world = new World();
    for (const uri of ['sip:x@elsewhere.test', 'sip:203.0.113.5', 'sip:x@203.0.113.5', 'sip:pbx.test'])
      world.request(PBX, { method: 'NOTIFY', uri });
    expect(statuses(world.sent())).toEqual([404, 404, 404, 404]);
  });

  it('is the same with our own Route on top, which is taken off (§16.4)', () => {
    for (const route of ['<sip:sip.example.com;lr>', '<sip:203.0.113.5:5060;lr>', '<sip:pbx.test;lr>']) {
      const world = new World();
      world.request(phone(), { method: 'INVITE', headers: [`Route: ${route}, <sip:beyond.test;lr>`] });
      const { flow, message } = forwarded(world);
      expect(flow.port).toBe(5070);
      expect(message.values(Header.Route)).toEqual(['<sip:beyond.test;lr>']);
    }
  });

  it('is the registrar for a REGISTER, whatever its Route', () => {
    const world = new World();
    world.request(phone(), { method: 'SUBSCRIBE' });
    const token = forwarded(world).message.value(Header.RecordRoute);
    world.request(phone(), {
      method: 'REGISTER',
      headers: [`Route: ${token}`, 'Contact: <sip:u1@192.0.2.7:5062>'],
      to: '<sip:u1@pbx.test>;tag=x',
    });
    const { message } = forwarded(world);
    expect(message.has(Header.Route)).toBe(false);
    expect(message.value(Header.Contact)).not.toContain('192.0.2.7');
  });
});

describe('what no proxy may forward (§16.3)', () => {
  it('is a request without hops left: 483', () => {
    const world = new World();
    world.receives(phone(), withHops('0', { method: 'INVITE' }));
    expect(statuses(world.sent())).toEqual([483]);
  });

  it('is not one without Max-Forwards, which starts with 70 (§16.6 step 3)', () => {
    const world = new World();
    world.receives(phone(), withHops('', { method: 'INVITE' }));
    expect(forwarded(world).message.value(Header.MaxForwards)).toBe('70');
  });

  it('is a Proxy-Require: 420 with all its tags as Unsupported', () => {
    const world = new World();
    const headers = ['Proxy-Require: privacy, foo', 'Proxy-Require: bar'];
    world.request(phone(), { method: 'INVITE', headers });
    const { message } = world.sentOne();
    expect(message.status).toBe(420);
    expect(message.value(Header.Unsupported)).toBe('privacy, foo, bar');
  });

  it('is not an empty Proxy-Require, nor an ACK with one', () => {
    const world = new World();
    world.request(phone(), { method: 'INFO', headers: ['Proxy-Require:'] });
    world.request(phone(), { method: 'ACK', headers: ['Proxy-Require: foo'] });
    expect(world.sent().map(({ message }) => message.method)).toEqual(['INFO', 'ACK']);
  });

  it('is a Request-URI that can not be read: 400', () => {
    const world = new World();
    world.request(phone(), { method: 'OPTIONS', uri: 'sip:@' });
    expect(statuses(world.sent())).toEqual([400]);
  });

  it('is a request that has been here before and comes back the same: 482 (RFC 5393)', () => {
    const world = new World();
    world.register('bob', bob);
    world.request(PBX, { method: 'INVITE', uri: 'sip:bob@pbx.test' });
    const down = forwarded(world);
    const looped = down.message.text.replace(/^INVITE \S+/, 'INVITE sip:bob@pbx.test');
    world.receives(
      PBX,
      looped.replace('\r\n', '\r\nVia: SIP/2.0/UDP 198.51.100.1:5070;branch=z9hG4bKback\r\n'),
    );
    expect(statuses(world.sent())).toEqual([482]);
  });

  it('is the same whose first pass is over, and an ACK, which is dropped', () => {
    const world = new World();
    world.register('bob', bob);
    for (const method of ['MESSAGE', 'ACK']) {
      const request = { method, uri: 'sip:bob@pbx.test', body: '', headers: ['Content-Type: text/plain'] };
      world.request(PBX, request);
      const down = world.sentOne();
      if (method === 'MESSAGE') world.answers(down, 200);
      world.sent();
      const looped = down.message.text.replace(/^(\S+) \S+/, '$1 sip:bob@pbx.test');
      world.receives(
        PBX,
        looped.replace('\r\n', '\r\nVia: SIP/2.0/UDP 198.51.100.1:5070;branch=z9hG4bKback\r\n'),
      );
      expect(statuses(world.sent())).toEqual(method === 'ACK' ? [] : [482]);
    }
  });

  it('is an OPTIONS for us that came by another way before: 482 (§8.2.2.2); a repetition gets the first answer again', () => {
    const world = new World();
    const options = { method: 'OPTIONS', uri: 'sip:203.0.113.5', callId: 'twice' };
    const text = requestText(options);
    for (const received of [text, text, text.replace('branch=z9hG4bK', 'branch=z9hG4bKother')])
      world.receives(phone(), received);
    expect(statuses(world.sent())).toEqual([200, 200, 482]);
  });

  it('is not a REGISTER that a phone sends again by another branch, having had no answer (RFC 3263 §4.3)', () => {
    const world = new World();
    const text = requestText({ method: 'REGISTER', headers: ['Contact: <sip:u1@192.0.2.7>', 'Expires: 60'] });
    world.receives(phone(), text);
    world.receives(phone(), text.replace('branch=z9hG4bK', 'branch=z9hG4bKother'));
    expect(world.sent().map(({ message }) => message.method)).toEqual(['REGISTER', 'REGISTER']);
  });

  it('is not one that comes back with another Request-URI: a PBX that is a proxy sends calls so', () => {
    const world = new World();
    const shown = world.register('bob', bob);
    world.request(phone(), { method: 'INVITE', uri: 'sip:bob@pbx.test' });
    const back = forwarded(world).message.text.replace(/^INVITE \S+/, `INVITE ${shown}`);
    world.receives(
      PBX,
      back.replace('\r\n', '\r\nVia: SIP/2.0/UDP 198.51.100.1:5070;branch=z9hG4bKback\r\n'),
    );
    const down = forwarded(world);
    expect(down.flow).toEqual(bob);
    expect(down.message.values(Header.Via)).toHaveLength(4);
  });
});
