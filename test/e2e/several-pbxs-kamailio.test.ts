import { expect, it, vi } from 'vitest';
import { startBaresip } from '../support/baresip.ts';
import { startKamailio } from '../support/kamailio.ts';
import { startNameServer } from '../support/name-server.ts';
import { aorOf } from '../support/peers/pbx.ts';
import { testStage } from '../support/peers/stage.ts';
import { withPeers } from '../support/peers/with-peers.ts';
import { startFront } from './front.ts';

const test = testStage();
withPeers(['kamailio', 'baresip', 'nsd']);

/** So that phones refresh their registrations while the test waits. */
const SHORT = { minimumExpires: 5, maximumExpires: 10 };

it('goes on with real phones, registrations and calls, when one of two Kamailios is killed', {
  timeout: 120_000,
}, async () => {
  const first = await startKamailio(test, { ...SHORT, address: '127.0.0.2' });
  const second = await startKamailio(test, { ...SHORT, address: '127.0.0.3' });
  const dns = await startNameServer(
    test,
    `_sip._udp 60 IN SRV 10 1 ${first.port} a
       _sip._udp 60 IN SRV 20 1 ${second.port} b
       a 60 IN A ${first.address}
       b 60 IN A ${second.address}`,
  );
  const front = await startFront(test, first, {
    flags: ['--dns', dns.hostPort],
    spec: { upstream: { endpoints: [{ name: 'pbx', host: 'pbx.test' }] } },
  });
  await front.midreg.waitForLog('"upstream resolved"');
  const [one, other] = [
    await startBaresip(test, { user: 'u1', proxy: front, expires: 10 }),
    await startBaresip(test, { user: 'u2', proxy: front, expires: 10 }),
  ];
  await one.registered();
  await other.registered();
  await one.call('u2');
  await other.event('CALL_ESTABLISHED');
  await one.hangUp();
  await other.event('CALL_CLOSED');
  expect(second.received('REGISTER')).toEqual([]);

  await first.crash();
  // Both phones refresh, of which the first finds out that Kamailio is gone: that costs it three seconds and no error.
  await vi.waitFor(
    async () => expect((await second.contacts()).map(({ user }) => user).toSorted()).toEqual(['u1', 'u2']),
    { timeout: 30_000, interval: 200 },
  );
  await one.call('u2');
  await other.event('CALL_ESTABLISHED');
  await other.hangUp();
  await one.event('CALL_CLOSED');
  expect(second.received('INVITE').length).toBeGreaterThan(0);
  expect(await front.midreg.bindings(aorOf('u1'))).toHaveLength(1);
  await front.midreg.waitForLog('"failed over"');
  // What baresip says of a registration that has failed.
  for (const phone of [one, other]) expect(phone.log).not.toMatch(/reg: .*(fail|timed out|50\d)/i);
});
