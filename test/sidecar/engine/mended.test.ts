import { describe, expect, it } from 'vitest';
import { Header } from '../../../sidecar/wire/header.ts';
import { callFromPbx, callFromPhone, forwarded, inviteFromPbx, says } from '../../support/dialog.ts';
import { phone, stream, World } from '../../support/world.ts';

/** A PBX that believes nobody's word of where they are puts in what it sees, here the far end of our own connection. */
const mended = (uri: string): string => uri.replace(/@[^;>]+/, '@203.0.113.5:33497');

describe('a name of ours that the PBX has put its own view of us into', () => {
  it('is still that of the contact that it was shown', () => {
    const world = new World();
    const shown = mended(world.register('bob'));
    expect(shown).toContain(':33497');
    const { pbx } = callFromPbx(world, shown);
    says(world, { ...pbx, routes: pbx.routes.map(mended) }, 'BYE');
    expect(forwarded(world)).toMatchObject({ flow: phone(), message: { requestUri: pbx.target } });
  });

  it('is still that of the Route within a call, whose rest goes on', () => {
    const world = new World();
    const { pbx } = callFromPhone(world, stream(3));
    const routes = [...pbx.routes.map(mended), '<sip:192.0.2.200;lr>'];
    says(world, { ...pbx, routes }, 'BYE');
    const down = forwarded(world);
    expect(down.flow).toEqual(stream(3));
    expect([...down.message.values(Header.Route)]).toEqual(['<sip:192.0.2.200;lr>']);
  });

  it('is nothing from anybody else', () => {
    const world = new World();
    const shown = mended(world.register('bob'));
    world.request(phone(5099), inviteFromPbx(shown, { sentBy: '192.0.2.7:5099' }));
    // It is asked for a domain that is none of ours, which the PBX may decide on.
    expect(forwarded(world)).toMatchObject({ flow: { port: 5070 }, message: { requestUri: shown } });
    const { pbx } = callFromPhone(world, stream(3));
    says(world, { ...pbx, flow: phone(5099), routes: pbx.routes.map(mended) }, 'BYE');
    expect(world.sent().map(({ flow }) => flow)).not.toContainEqual(stream(3));
  });
});
