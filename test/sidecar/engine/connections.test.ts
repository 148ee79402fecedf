import { describe, expect, it } from 'vitest';
import type { Flow, Transport } from '../../../sidecar/wire/flow.ts';
import { Header } from '../../../sidecar/wire/header.ts';
import { forwarded, inviteFromPbx, inviteFromPhone } from '../../support/dialog.ts';
import { before, pbxFlow, phoneFlow } from '../../support/transports.ts';
import { World } from '../../support/world.ts';

/** A connection that the PBX has opened, from whatever port its system gave it. */
const opened = (transport: Transport, connection = 77): Flow => ({
  ...pbxFlow(transport, 'IPv4', connection),
  port: 51_234,
});

describe('a connection from the PBX’s host', () => {
  it('is the PBX’s where it speaks the endpoint’s transport: what it calls by our contact reaches the phone', () => {
    for (const transport of ['TCP', 'TLS', 'WS', 'WSS'] as const) {
      const world = new World('', before(transport));
      const shown = world.register('bob', phoneFlow(7, 'UDP'));
      const aor = { method: 'INVITE', uri: 'sip:bob@pbx.test', from: 'sip:carol@pbx.test' };
      world.request(opened(transport), aor);
      expect(forwarded(world).flow).toEqual(phoneFlow(7, 'UDP'));
      world.request(opened(transport), inviteFromPbx(shown));
      expect(forwarded(world).flow).toEqual(phoneFlow(7, 'UDP'));
    }
  });

  it('is not by another transport: TCP proves less than TLS does', () => {
    const world = new World('', before('TLS'));
    world.register('bob', phoneFlow(7, 'UDP'));
    world.request(opened('TCP'), { method: 'INVITE', uri: 'sip:bob@pbx.test', from: 'sip:carol@pbx.test' });
    expect(forwarded(world).flow).toMatchObject({ transport: 'TLS', address: '198.51.100.1' });
  });

  it('is a phone’s once a phone has registered over it', () => {
    const world = new World('', before('TLS'));
    world.request(opened('TLS'), { method: 'OPTIONS', uri: 'sip:203.0.113.5:5061' });
    world.register('bob', opened('TLS'));
    world.request(opened('TLS'), { method: 'INVITE', uri: 'sip:bob@pbx.test', from: 'sip:carol@pbx.test' });
    expect(forwarded(world).flow).toMatchObject({ transport: 'TLS', port: 5070, connection: 0 });
  });

  it('is not taken for the way to the PBX, which has its own, though its Via says alias (RFC 5923 §8.2)', () => {
    const world = new World('', before('TLS'));
    const headers = ['Via: SIP/2.0/TLS 198.51.100.1:5070;branch=z9hG4bKup;alias'];
    world.request(opened('TLS'), { method: 'OPTIONS', uri: 'sip:203.0.113.5:5061', headers });
    world.sent();
    world.request(phoneFlow(7, 'UDP'), inviteFromPhone());
    expect(forwarded(world).flow).toMatchObject({ port: 5070, connection: 0 });
  });
});

it('our Via to the PBX says alias over TLS alone, where its certificate has been checked (RFC 5923 §8.1)', () => {
  for (const transport of ['UDP', 'TCP', 'TLS', 'WSS'] as const) {
    const world = new World('', before(transport));
    const shown = world.register('bob', phoneFlow(7, 'TLS'));
    world.request(phoneFlow(8, 'UDP'), inviteFromPhone());
    const [up] = forwarded(world).message.values(Header.Via);
    expect(up?.endsWith(';alias')).toBe(transport === 'TLS');
    world.request(pbxFlow(transport), inviteFromPbx(shown));
    expect(forwarded(world).message.value(Header.Via)).not.toContain('alias');
  }
});

describe('a phone on a stream', () => {
  it.each(['TCP', 'TLS', 'WS', 'WSS'] as const)(
    'of %s is reached over the very connection, and by no new one',
    (transport) => {
      const world = new World('', before('UDP'));
      const shown = world.register('bob', phoneFlow(7, transport));
      world.request(pbxFlow('UDP'), inviteFromPbx(shown));
      expect(forwarded(world).flow).toEqual(phoneFlow(7, transport));
      world.closes(phoneFlow(7, transport));
      world.request(pbxFlow('UDP'), inviteFromPbx(shown));
      expect(world.sent().at(-1)?.message.status).toBe(430);
      expect(world.location.find('bob@pbx.test')).toEqual([]);
    },
  );

  it.each([
    'sip:x@192.0.2.9;transport=tls',
    'sips:x@192.0.2.9',
    'sip:x@192.0.2.9;transport=ws',
    'sip:x@a.invalid;transport=ws',
  ])('that the PBX lists as %s, and that did not come through us, is not written to', (uri) => {
    const world = new World('', before('UDP'));
    world.request(phoneFlow(7, 'UDP'), {
      method: 'REGISTER',
      from: 'sip:bob@pbx.test',
      headers: ['Contact: <sip:bob@192.0.2.7:40007>'],
    });
    const up = forwarded(world);
    world.answers(up, 200, [
      `Contact: ${up.message.value(Header.Contact)};expires=60`,
      `Contact: <${uri}>;expires=60`,
    ]);
    world.sent();
    world.request(pbxFlow('UDP'), { method: 'MESSAGE', uri: 'sip:bob@pbx.test' });
    expect(forwarded(world).flow).toEqual(phoneFlow(7, 'UDP'));
    expect(world.resolved).toEqual([]);
  });
});

it('an answer for the PBX whose connection has closed goes to the port in its Via, 5061 without one (§18.2.2)', () => {
  const world = new World('', before('TLS'));
  const shown = world.register('bob', phoneFlow(7, 'UDP'));
  world.request(opened('TLS'), inviteFromPbx(shown, { sentBy: 'pbx.test' }));
  const down = forwarded(world);
  world.closes(opened('TLS'));
  world.answers(down, 200);
  expect(world.sentOne().flow).toEqual({ ...opened('TLS'), port: 5061, connection: 0 });
});

it('an answer for a PBX whose WebSocket has closed goes nowhere else (RFC 7118 §5.3)', () => {
  const world = new World('', before('WS'));
  const shown = world.register('bob', phoneFlow(7, 'UDP'));
  world.request(opened('WS'), inviteFromPbx(shown));
  const down = forwarded(world);
  world.closes(opened('WS'));
  world.answers(down, 200);
  expect(world.sentOne().flow).toEqual(opened('WS'));
});

it('a next hop of a transport that there is no listener of is answered, not thrown at', () => {
  const udp = {
    ...before('UDP'),
    listeners: before('UDP').listeners.filter(({ transport }) => transport === 'UDP'),
  };
  const world = new World('', udp);
  world.request(phoneFlow(7, 'UDP'), inviteFromPhone());
  const up = forwarded(world);
  world.answers(up, 200, ['Contact: <sip:gateway@198.51.100.9;transport=tls>']);
  const ok = world.sentOne().message;
  world.request(phoneFlow(7, 'UDP'), {
    method: 'BYE',
    uri: 'sip:gateway@198.51.100.9;transport=tls',
    to: '<sip:bob@pbx.test>;tag=peer',
    headers: [...ok.values(Header.RecordRoute)].reverse().map((route) => `Route: ${route}`),
  });
  expect(world.sentOne().message).toMatchObject({ status: 503 });
});
