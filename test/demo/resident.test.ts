import { afterEach, describe, expect, it } from 'vitest';
import { type Resident, startResident } from '../../demo/resident.ts';
import { ADDRESS, startedPbx, startedPhone } from './fixture.ts';

const residents: Resident[] = [];
afterEach(async () => {
  await Promise.all(residents.splice(0).map((resident) => resident.close()));
});

describe('a resident of the demo', () => {
  it('stays registered and answers a visitor that calls', async () => {
    const pbx = await startedPbx();
    const lines: string[] = [];
    const proxy = { address: ADDRESS, port: pbx.port };
    residents.push(await startResident({ pbx, proxy, user: 'bob', say: (line) => lines.push(line) }));
    expect(pbx.bindings('bob')).toHaveLength(1);
    const visitor = await startedPhone(pbx, 'alice');
    const outcome = await visitor.call('bob');
    if (outcome.kind === 'refused') expect.fail(`${outcome.code} ${outcome.reason}`);
    expect(await outcome.call.hangup()).toMatchObject({ code: 200 });
    expect(lines).toEqual([
      "bob's phone: call from sip:alice@pbx.test ringing",
      "bob's phone: call from sip:alice@pbx.test confirmed",
      "bob's phone: call from sip:alice@pbx.test ended",
    ]);
  });

  it('refreshes in time', async () => {
    const pbx = await startedPbx({ grantedExpiresSeconds: 1 });
    const again = Promise.withResolvers<void>();
    const proxy = { address: ADDRESS, port: pbx.port };
    residents.push(await startResident({ pbx, proxy, user: 'bob', say: () => {} }));
    pbx.onEvent((event) => event.kind === 'registered' && again.resolve());
    await again.promise;
    expect(pbx.bindings('bob')).toHaveLength(1);
  });
});
