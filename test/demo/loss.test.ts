import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import type { PbxEvent } from '../../demo/pbx.ts';
import { ADDRESS, startedPbx, startedPhone } from './fixture.ts';

const open: { close(): void }[] = [];
afterEach(() => {
  for (const socket of open.splice(0)) socket.close();
});

/** Stands between one phone and the PBX and loses the first copy of each datagram whose first line `loses` names. */
async function startedLossyLink(pbxPort: number, loses: RegExp) {
  const socket = createSocket('udp4');
  open.push(socket);
  const lost = new Set<string>();
  let phonePort = 0;
  socket.on('message', (datagram, remote) => {
    const fromPbx = remote.port === pbxPort;
    if (!fromPbx) phonePort = remote.port;
    const text = datagram.toString();
    const firstLine = text.slice(0, text.indexOf('\r\n'));
    const name = `${firstLine} ${/CSeq: (.*)/i.exec(text)?.[1]}`;
    if (loses.test(firstLine) && !lost.has(name)) lost.add(name);
    else socket.send(datagram, fromPbx ? phonePort : pbxPort, ADDRESS);
  });
  socket.bind(0, ADDRESS);
  await once(socket, 'listening');
  return { proxy: { address: ADDRESS, port: socket.address().port }, lost };
}

describe('over a link that loses datagrams', () => {
  it.each([
    ['requests', /^REGISTER/, 2],
    ['answers', /^SIP\/2.0 200/, 1],
  ])('a registration whose %s are lost is repeated and takes place once', async (_, loses, losses) => {
    const pbx = await startedPbx();
    const events: PbxEvent[] = [];
    pbx.onEvent((event) => events.push(event));
    const { proxy, lost } = await startedLossyLink(pbx.port, loses);
    const alice = await startedPhone(pbx, 'alice', { proxy });
    expect(await alice.register()).toMatchObject({ code: 200, grantedSeconds: 120 });
    expect(lost.size).toBe(losses);
    expect(events).toEqual([{ kind: 'registered', user: 'alice', contacts: 1 }]);
  });

  it.each([
    ['INVITE', /^INVITE/],
    ['challenge', /^SIP\/2.0 407/],
    ['ringing and 200', /^SIP\/2.0 (180|200)/],
  ])('a call whose %s is lost is set up and ended', async (_, loses) => {
    const pbx = await startedPbx();
    const { proxy, lost } = await startedLossyLink(pbx.port, loses);
    const confirmed = Promise.withResolvers<void>();
    const bob = await startedPhone(pbx, 'bob', {
      onCall: ({ state }) => state === 'confirmed' && confirmed.resolve(),
    });
    await bob.register();
    const alice = await startedPhone(pbx, 'alice', { proxy });
    const outcome = await alice.call('bob');
    if (outcome.kind === 'refused') expect.fail(`${outcome.code} ${outcome.reason}`);
    await confirmed.promise;
    expect(await outcome.call.hangup()).toMatchObject({ code: 200 });
    expect(lost.size).toBeGreaterThan(0);
  });
});
