import { describe, expect, it, vi } from 'vitest';
import { startBaresip } from '../support/baresip.ts';
import { type Kamailio, startKamailio } from '../support/kamailio.ts';
import { PBX_ADDRESS } from '../support/peers/pbx.ts';
import { fileStage, testStage } from '../support/peers/stage.ts';
import { withPeers } from '../support/peers/with-peers.ts';
import { Authority, ip } from '../support/pki.ts';

const file = fileStage();
const test = testStage();
let pbx: Kamailio;

withPeers(['kamailio', 'baresip'], async () => {
  const certificate = await (await Authority.root()).issue({ names: [ip(PBX_ADDRESS)] });
  pbx = await startKamailio(file, { maxContacts: 1, minimumExpires: 60, maximumExpires: 120, certificate });
});

describe('Kamailio, without a proxy', () => {
  it('registers a phone', async () => {
    const phone = await startBaresip(test, { user: 'u1', proxy: pbx });
    await phone.registered();
    expect(await pbx.contacts()).toMatchObject([{ user: 'u1', path: '' }]);
    expect((await pbx.contacts())[0]?.uri).toContain(`@127.0.0.1:${phone.port}`);
  });

  it('refuses a wrong password', async () => {
    const phone = await startBaresip(test, { user: 'u1', proxy: pbx, secret: 'guessed' });
    expect(await phone.refused()).toContain('401');
    expect(await pbx.contacts()).toEqual([]);
  });

  it('makes a phone ask again that asked for too short a registration', async () => {
    const before = pbx.received('REGISTER').length;
    const phone = await startBaresip(test, { user: 'u1', proxy: pbx, expires: 30 });
    await phone.registered();
    // 401, 423 and 200; the phone may know before the log has come to us.
    await vi.waitFor(() => expect(pbx.received('REGISTER').length - before).toBe(3), {
      timeout: 5000,
      interval: 20,
    });
  });

  it('refuses a contact above the limit', async () => {
    await (await startBaresip(test, { user: 'u1', proxy: pbx })).registered();
    const second = await startBaresip(test, { user: 'u1', proxy: pbx });
    expect(await second.refused()).toContain('503');
  });

  it('passes a message and a call from phone to phone', async () => {
    const [sender, recipient] = [
      await startBaresip(test, { user: 'u1', proxy: pbx }),
      await startBaresip(test, { user: 'u2', proxy: pbx }),
    ];
    await sender.registered();
    await recipient.registered();
    await sender.message('u2', 'are you there?');
    expect(await recipient.received()).toEqual({ from: 'sip:u1@pbx.test', text: 'are you there?' });
    await sender.call('u2');
    await recipient.event('CALL_ESTABLISHED');
    await sender.event('CALL_RTPESTAB');
    await recipient.hangUp();
    await sender.event('CALL_CLOSED');
  });

  it('tells a sender whose recipient is not there', async () => {
    const sender = await startBaresip(test, { user: 'u1', proxy: pbx });
    await sender.registered();
    await sender.message('u3', 'are you there?');
    await sender.messageRefused('404 Not Found');
  });

  it('takes a phone on TCP', async () => {
    const phone = await startBaresip(test, { user: 'u1', proxy: pbx, transport: 'TCP' });
    await phone.registered();
    expect((await pbx.contacts())[0]?.uri).toContain('transport=tcp');
  });

  it('takes a phone on TLS', async () => {
    const proxy = { address: pbx.address, port: pbx.tlsPort };
    const phone = await startBaresip(test, { user: 'u1', proxy, transport: 'TLS' });
    await phone.registered();
    expect((await pbx.contacts())[0]?.uri).toContain('transport=tls');
  });
});
