import { describe, expect, it } from 'vitest';
import { midreg } from '../cli/command.ts';
import { freePort } from '../support/ports.ts';
import { udpPeer } from './io/support.ts';
import {
  directory,
  type Front,
  listener,
  Pbx,
  Phone,
  resourceFile,
  specFor,
  startFront,
  writeResource,
} from './main-stage.ts';

const SOON_MS = 5000;
const TIMEOUT = { timeout: 30_000 };

const end = async ({ process: { pid, exited } }: Front): Promise<unknown> => {
  process.kill(pid, 'SIGTERM');
  return exited;
};

const ENDED_WELL = { code: 0, signal: null };

describe('the proxy as a process', TIMEOUT, () => {
  it.each([
    ['Memory', 0],
    ['Durable', 1],
  ])('mirrors into a %s store, of which %i bindings are left after a restart', async (type, left) => {
    const pbx = await Pbx.open();
    const first = await startFront(pbx, { store: { type } });
    expect(await (await Phone.open(first)).register()).toBe(200);
    expect(await first.get('/v1/bindings')).toMatchObject({ count: 1 });
    expect(await end(first)).toEqual(ENDED_WELL);
    const second = await startFront(pbx, { store: { type } }, first.data);
    expect(await second.get('/v1/bindings')).toMatchObject({ count: left });
    expect(await second.get('/v1/status')).toMatchObject({ ready: true, store: { type, failing: false } });
    expect(await end(second)).toEqual(ENDED_WELL);
  });

  it('lets a request that is under way have its answer before it ends', async () => {
    const pbx = await Pbx.open();
    const front = await startFront(pbx);
    const phone = await Phone.open(front);
    phone.request({ method: 'OPTIONS', uri: 'sip:echo@pbx.test' });
    const request = await pbx.next();
    const ended = end(front);
    await front.process.waitForLine('"msg":"draining"', SOON_MS);
    expect(await front.get('/readyz')).toEqual({ status: 'ok' });
    expect(await front.get('/v1/status')).toMatchObject({ ready: true, draining: true });
    pbx.answer(request, 200);
    expect((await phone.next()).status).toBe(200);
    expect(await ended).toEqual(ENDED_WELL);
    expect(front.process.stdout).toContain('"msg":"ended"');
  });

  it('waits no longer for answers than drain.windowSeconds', async () => {
    const pbx = await Pbx.open();
    const front = await startFront(pbx, { drain: { windowSeconds: 1 } });
    (await Phone.open(front)).request({ method: 'OPTIONS', uri: 'sip:echo@pbx.test' });
    await pbx.next();
    const started = performance.now();
    expect(await end(front)).toEqual(ENDED_WELL);
    expect(performance.now() - started).toBeGreaterThanOrEqual(1000);
    expect(performance.now() - started).toBeLessThan(SOON_MS);
  });

  it('waits no longer for answers once it is told a second time to end', async () => {
    const pbx = await Pbx.open();
    const front = await startFront(pbx);
    (await Phone.open(front)).request({ method: 'OPTIONS', uri: 'sip:echo@pbx.test' });
    await pbx.next();
    const started = performance.now();
    const ended = end(front);
    await front.process.waitForLine('"msg":"draining"', SOON_MS);
    process.kill(front.process.pid, 'SIGINT');
    expect(await ended).toEqual(ENDED_WELL);
    // Else it would have waited ten seconds for the PBX.
    expect(performance.now() - started).toBeLessThan(SOON_MS);
  });
});

describe('the proxy does not start', TIMEOUT, () => {
  const run = async (spec: (port: number) => ReturnType<typeof specFor>, ...args: string[]) => {
    const file = resourceFile(spec(await freePort('udp')));
    const withData = args.includes('--data') ? args : [...args, '--data', directory()];
    return midreg(['run', file, '--log-level', 'silent', ...withData]);
  };

  it('where a port is taken, and says which', async () => {
    const { port } = await udpPeer();
    const { code, out, err } = await run(() => specFor(9, port));
    expect(err).toContain(
      `midreg: listener udp: cannot listen on UDP 127.0.0.1:${port} (EADDRINUSE): another socket holds this`,
    );
    expect({ code, out }).toEqual({ code: 1, out: '' });
  });

  it('where its data directory is in use, and says by whom', async () => {
    const front = await startFront(await Pbx.open());
    const { code, err } = await run((port) => specFor(9, port), '--data', front.data);
    expect(err).toBe(
      `midreg: the data directory ${front.data} is in use by process ${front.process.pid}: stop it, or name another one with --data DIR\n`,
    );
    expect(code).toBe(1);
  });

  it('where its data directory can not be one, and says why', async () => {
    const file = resourceFile(specFor(9, 9));
    const { code, err } = await run((port) => specFor(9, port), '--data', file);
    expect(err).toBe(
      `midreg: the data directory ${file} is a file: move it away, or name another one with --data DIR\n`,
    );
    expect(code).toBe(1);
  });

  it('where the admin address is taken, and leaves no lock behind', async () => {
    const front = await startFront(await Pbx.open());
    const data = directory();
    const { code, err } = await run((port) => specFor(9, port), '--admin', front.admin, '--data', data);
    expect(err).toBe(
      `midreg: cannot serve --admin on ${front.admin} (EADDRINUSE): choose another address or port\n`,
    );
    expect(code).toBe(1);
    await startFront(await Pbx.open(), {}, data);
  });
});

describe('an edit of the resource', TIMEOUT, () => {
  it('takes effect while every binding stays', async () => {
    const pbx = await Pbx.open();
    const front = await startFront(pbx);
    const phone = await Phone.open(front);
    expect(await phone.register(60)).toBe(200);
    writeResource(front.file, { ...front.spec, registration: { minExpiresSeconds: 300 } });
    await front.process.waitForLine('"msg":"resource applied"', SOON_MS);
    expect(await front.get('/v1/bindings')).toMatchObject({ count: 1 });
    expect(await phone.register(60)).toBe(423);
    expect(await end(front)).toEqual(ENDED_WELL);
  });

  it('opens a listener anew on all addresses while every binding stays', async () => {
    const pbx = await Pbx.open();
    const front = await startFront(pbx);
    const phone = await Phone.open(front);
    expect(await phone.register()).toBe(200);
    writeResource(
      front.file,
      specFor(pbx.port, front.port, { listeners: [listener(front.port, '0.0.0.0')] }),
    );
    await front.process.waitForLine('"msg":"resource applied"', SOON_MS);
    expect(await front.get('/v1/status')).toMatchObject({
      listeners: [{ address: '0.0.0.0', port: front.port }],
    });
    expect(await phone.register()).toBe(200);
    expect(await front.get('/v1/bindings')).toMatchObject({ count: 1 });
  });

  it('that is wrong is refused in full words and told at /v1/status, and the old one stays in force', async () => {
    const front = await startFront(await Pbx.open());
    const phone = await Phone.open(front);
    const before = (await front.get('/v1/status')) as { resource: object };
    const wrong = {
      minExpiresSeconds: -1,
      maxExpiresSeconds: 'x',
      insertion: 'y',
      mode: 'z',
      replyContacts: 'w',
    };
    writeResource(front.file, { ...front.spec, registration: wrong });
    const line = JSON.parse(await front.process.waitForLine('"msg":"resource refused"', SOON_MS));
    for (const field of Object.keys(wrong))
      expect(line.reason).toContain(`spec.registration.${field}: found`);
    expect(line.reason).toMatch(/; the former resource stays in force$/);
    expect(await front.get('/v1/status')).toMatchObject({
      resource: {
        ...before.resource,
        refused: expect.stringContaining('spec.registration.minExpiresSeconds'),
      },
    });
    expect(await phone.register(60)).toBe(200);
  });
});
