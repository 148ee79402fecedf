import { describe, expect, it } from 'vitest';
import { Header } from '../../../sidecar/wire/header.ts';
import { callFromPbx, callFromPhone, forwarded, PBX_CONTACT, says } from '../../support/dialog.ts';
import { LISTENERS, PBX, phone, stream, World } from '../../support/world.ts';

const bob = phone(5064);
const METHODS = [
  'INVITE',
  'UPDATE',
  'PRACK',
  'INFO',
  'REFER',
  'NOTIFY',
  'MESSAGE',
  'OPTIONS',
  'BYE',
  'XYZZY',
];

describe('a request within a call', () => {
  it.each(METHODS)(
    '%s of the phone that called goes to the PBX’s Contact, and its answer comes back',
    (method) => {
      const world = new World();
      says(world, callFromPhone(world).phone, method);
      const up = forwarded(world);
      expect(up.flow).toMatchObject({ address: '198.51.100.1', port: 5070 });
      expect(up.message.requestUri).toBe(PBX_CONTACT);
      expect(up.message.has(Header.Route)).toBe(false);
      world.answers(up, 200);
      expect(world.sentOne()).toMatchObject({ flow: phone(), message: { status: 200 } });
    },
  );

  it.each(METHODS)('%s of the PBX reaches the phone that called, on its flow', (method) => {
    const world = new World();
    says(world, callFromPhone(world, stream(3)).pbx, method);
    const down = forwarded(world);
    expect(down.flow).toEqual(stream(3));
    expect(down.message.requestUri).toMatch(/^sip:alice@/);
    world.answers(down, 200);
    expect(world.sentOne()).toMatchObject({ flow: PBX, message: { status: 200 } });
  });

  it.each(['BYE', 'INVITE', 'INFO'])('%s goes either way in a call that the PBX began', (method) => {
    const world = new World();
    const call = callFromPbx(world, world.register('bob', bob), bob);
    says(world, call.phone, method);
    expect(forwarded(world)).toMatchObject({ flow: { port: 5070 }, message: { requestUri: PBX_CONTACT } });
    says(world, call.pbx, method);
    expect(forwarded(world)).toMatchObject({ flow: bob, message: { requestUri: 'sip:bob@192.0.2.7:5064' } });
  });

  it('is answered 430 when the phone’s connection has closed meanwhile', () => {
    const world = new World();
    const { pbx } = callFromPhone(world, stream(3));
    world.closes(stream(3));
    says(world, pbx, 'BYE');
    expect(world.sentOne().message.status).toBe(430);
  });

  it('is answered 430 when the token is of a connection of an earlier process', () => {
    const world = new World();
    const { pbx } = callFromPhone(world, stream(3));
    const later = new World('', undefined, 2);
    says(later, pbx, 'BYE');
    expect(later.sentOne().message.status).toBe(430);
  });

  it('of a UDP phone is found again after a restart, since the token itself names the flow', () => {
    const world = new World();
    const { pbx } = callFromPhone(world);
    const later = new World('', undefined, 2);
    says(later, pbx, 'BYE');
    expect(forwarded(later).flow).toEqual(phone());
  });

  it('reaches the PBX also from a phone whose address has changed', () => {
    const world = new World();
    const { phone: end } = callFromPhone(world);
    says(world, { ...end, flow: phone(33_333, '192.0.2.200') }, 'BYE');
    expect(forwarded(world)).toMatchObject({ flow: { port: 5070 }, message: { requestUri: PBX_CONTACT } });
  });

  it('follows a Contact of the PBX at another port, another transport or another host that it has named', () => {
    for (const [contact, place] of [
      ['sip:x@198.51.100.1:5080', { address: '198.51.100.1', port: 5080, transport: 'UDP' }],
      ['sip:x@198.51.100.1:5070;transport=tcp', { address: '198.51.100.1', port: 5070, transport: 'TCP' }],
      ['sip:x@198.51.100.9', { address: '198.51.100.9', port: 5060, transport: 'UDP' }],
      ['sip:x@known.example', { address: '192.0.2.99', port: 5060, transport: 'UDP' }],
    ] as const) {
      const world = new World();
      says(world, callFromPhone(world, phone(), contact).phone, 'BYE');
      const { flow, message } = forwarded(world);
      expect(flow).toMatchObject(place);
      expect(message.requestUri).toBe(contact);
    }
  });

  it('goes to a PBX described as TCP by TCP, though its Contact names no transport', () => {
    const world = new World('', {
      listeners: LISTENERS,
      endpoint: '{name: pbx, host: 198.51.100.1, port: 5070, transport: TCP}',
      address: '198.51.100.1',
    });
    says(world, callFromPhone(world).phone, 'BYE');
    expect(forwarded(world).flow).toMatchObject({ transport: 'TCP', port: 5070 });
  });

  it('is answered 503 where the named host has no address', () => {
    const world = new World();
    says(world, callFromPhone(world, phone(), 'sip:x@unknown.example').phone, 'BYE');
    expect(world.sentOne().message.status).toBe(503);
  });

  it('takes the PBX’s own name, or a served domain, for the PBX, whatever DNS would say', () => {
    const world = new World();
    says(world, callFromPhone(world, phone(), 'sip:x@pbx.test').phone, 'BYE');
    expect(forwarded(world).flow.port).toBe(5070);
    expect(world.resolved).toEqual([]);
  });

  it('follows the Record-Routes of a PBX that is a proxy, and leaves those beyond the first in place', () => {
    const world = new World();
    const { phone: end } = callFromPhone(world, phone(), 'sip:far@192.0.2.50');
    const routes = [...end.routes, '<sip:198.51.100.1:5070;lr>', '<sip:198.51.100.2;lr>'];
    says(world, { ...end, routes }, 'BYE');
    const { flow, message } = forwarded(world);
    expect(flow.port).toBe(5070);
    expect(message.requestUri).toBe('sip:far@192.0.2.50');
    expect(message.values(Header.Route)).toEqual(['<sip:198.51.100.1:5070;lr>', '<sip:198.51.100.2;lr>']);
  });

  it('reaches the other phone straight where the PBX, a proxy, has not stayed in the call', () => {
    const world = new World();
    const [a, b] = [callFromPhone(world, phone(5062)), callFromPhone(world, phone(5064))];
    const routes = [...a.phone.routes, ...b.phone.routes];
    says(world, { ...a.phone, routes, target: 'sip:bob@192.0.2.7:5064' }, 'BYE');
    expect(forwarded(world)).toMatchObject({ flow: { port: 5064 } });
  });

  it('is understood from a strict router, which puts our Route into the Request-URI (§16.4)', () => {
    const world = new World();
    const { phone: end } = callFromPhone(world);
    const [first, ...others] = end.routes;
    const target = /<(.*)>/.exec(first as string)?.[1] as string;
    says(world, { ...end, target, routes: [...others, `<${PBX_CONTACT}>`] }, 'BYE');
    const { flow, message } = forwarded(world);
    expect(flow.port).toBe(5070);
    expect(message.requestUri).toBe(PBX_CONTACT);
    expect(message.has(Header.Route)).toBe(false);
  });

  it('is made fit for a strict router behind us, whose URI becomes the Request-URI (§16.6 step 6)', () => {
    const world = new World();
    const { phone: end } = callFromPhone(world);
    const strict = 'sip:198.51.100.1:5070';
    says(world, { ...end, routes: [...end.routes, `<${strict}>`] }, 'BYE');
    const { flow, message } = forwarded(world);
    expect(flow).toEqual(PBX);
    expect(message.requestUri).toBe(strict);
    expect(message.values(Header.Route)).toEqual([`<${end.target}>`]);
  });

  it('goes through the proxies between us and the phone, by their Path (RFC 3327)', () => {
    const world = new World();
    const shown = world.register('bob', bob, { headers: ['Path: <sip:edge.test;lr>'] });
    world.request(PBX, { method: 'INVITE', uri: shown, sentBy: '198.51.100.1:5070' });
    const { flow, message } = forwarded(world);
    expect(flow).toEqual(bob);
    expect(message.value(Header.Route)).toBe('<sip:edge.test;lr>');
  });

  it('reaches the phone by our Path, whose token names its flow, where insertion is Path', () => {
    const world = new World('  registration: {insertion: Path}');
    const contact = '<sip:bob@192.0.2.7:5064>';
    world.request(bob, { method: 'REGISTER', from: 'sip:bob@pbx.test', headers: [`Contact: ${contact}`] });
    const path = world.sentOne().message.value(Header.Path);
    const headers = [`Route: ${path}`];
    world.request(PBX, { method: 'INVITE', uri: 'sip:bob@192.0.2.7:5064', headers });
    const { flow, message } = forwarded(world);
    expect(flow).toEqual(bob);
    expect(message.has(Header.Route)).toBe(false);
  });
});
