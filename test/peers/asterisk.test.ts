import { describe, expect, it } from 'vitest';
import { type Asterisk, startAsterisk } from '../support/asterisk.ts';
import { startBaresip } from '../support/baresip.ts';
import { fileStage, testStage } from '../support/peers/stage.ts';
import { withPeers } from '../support/peers/with-peers.ts';

const file = fileStage();
const test = testStage();
let pbx: Asterisk;

withPeers(['asterisk', 'baresip'], async () => {
  pbx = await startAsterisk(file, { maxContacts: 1, maximumExpires: 120 });
});

describe('Asterisk, without a proxy', () => {
  it('registers a phone for as long as it allows and no longer', async () => {
    const phone = await startBaresip(test, { user: 'u1', proxy: pbx, expires: 3600 });
    await phone.registered();
    const [contact] = await pbx.contacts();
    expect(contact).toMatchObject({ user: 'u1', path: '' });
    expect(contact?.uri).toContain(`@127.0.0.1:${phone.port}`);
    expect(pbx.log).toMatch(/Contact: <sip:u1[^>]*>;expires=119/);
  });

  it('refuses a wrong password', async () => {
    const phone = await startBaresip(test, { user: 'u1', proxy: pbx, secret: 'guessed' });
    expect(await phone.refused()).toContain('401');
    expect(await pbx.contacts()).toEqual([]);
  });

  it('refuses a contact above the limit', async () => {
    await (await startBaresip(test, { user: 'u1', proxy: pbx })).registered();
    const second = await startBaresip(test, { user: 'u1', proxy: pbx });
    expect(await second.refused()).toContain('403');
  });

  it('connects the call of two phones, with voice', async () => {
    const [caller, callee] = [
      await startBaresip(test, { user: 'u1', proxy: pbx }),
      await startBaresip(test, { user: 'u2', proxy: pbx }),
    ];
    await caller.registered();
    await callee.registered();
    await caller.call('u2');
    expect(await callee.event('CALL_ESTABLISHED')).toMatchObject({ peeruri: 'sip:u1@pbx.test' });
    await caller.event('CALL_RTPESTAB');
    await caller.hangUp();
    await callee.event('CALL_CLOSED');
  });

  it('forgets a phone that leaves', async () => {
    const phone = await startBaresip(test, { user: 'u1', proxy: pbx });
    await phone.registered();
    await phone.leave();
    expect(await pbx.contacts()).toEqual([]);
  });

  it('takes a phone on TCP', async () => {
    const phone = await startBaresip(test, { user: 'u1', proxy: pbx, transport: 'TCP' });
    await phone.registered();
    await phone.call('echo');
  });

  it('runs beside another one', async () => {
    const other = await startAsterisk(test, { users: ['u9'] });
    expect(other.port).not.toBe(pbx.port);
    expect(await other.command('pjsip show endpoints')).toContain('u9');
    expect(await pbx.command('pjsip show endpoints')).not.toContain('u9');
  });
});
