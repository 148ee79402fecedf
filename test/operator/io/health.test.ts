import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { type Health, type HealthParts, openHealth } from '../../../operator/io/health.ts';
import { testStage } from '../../support/peers/stage.ts';

const stage = testStage();

async function open(parts: Partial<HealthParts> = {}): Promise<Health> {
  const metrics = { contentType: 'text/plain; version=0.0.4', metrics: async () => 'up 1\n' };
  const all = { notAlive: () => [], notReady: () => [], metrics, ...parts };
  const health = await openHealth({ host: '127.0.0.1', port: 0 }, all);
  if (typeof health === 'string') throw new Error(health);
  stage.onClose(() => health.close());
  return health;
}

const get = async ({ port }: Health, path: string): Promise<readonly [status: number, text: string]> => {
  const response = await fetch(`http://127.0.0.1:${port}${path}`);
  return [response.status, await response.text()];
};

describe('the health page', () => {
  it('says that the operator lives and is ready', async () => {
    const health = await open();
    expect(await get(health, '/livez')).toEqual([200, '{"status":"ok"}\n']);
    expect(await get(health, '/readyz?verbose')).toEqual([200, '{"status":"ok"}\n']);
  });

  it('says why not, each for itself, as it is at the moment', async () => {
    const reasons: string[] = ['Service not read yet'];
    const health = await open({ notReady: () => reasons });
    expect(await get(health, '/readyz')).toEqual([
      503,
      '{"status":"not ok","reasons":["Service not read yet"]}\n',
    ]);
    expect((await get(health, '/livez'))[0]).toBe(200);
    reasons.pop();
    expect((await get(health, '/readyz'))[0]).toBe(200);
  });

  it('serves the metrics', async () => {
    const health = await open();
    expect(await get(health, '/metrics')).toEqual([200, 'up 1\n']);
  });

  it('answers 500 where the metrics can not be made, and goes on', async () => {
    const metrics = { contentType: 'text/plain', metrics: () => Promise.reject(new Error('no figures')) };
    const health = await open({ metrics });
    expect(await get(health, '/metrics')).toEqual([500, 'Error: no figures\n']);
    expect((await get(health, '/livez'))[0]).toBe(200);
  });

  it.each(['/', '//', '/livez/', '/../etc/passwd'])('has nothing at %s', async (path) => {
    const health = await open();
    expect((await get(health, path))[0]).toBe(404);
  });

  it('goes on after what is no HTTP', async () => {
    const health = await open();
    const socket = connect(health.port, '127.0.0.1');
    socket.on('error', () => {}).end('\u0000\u0001 nonsense\r\n\r\n');
    await once(socket, 'close');
    expect((await get(health, '/livez'))[0]).toBe(200);
  });

  it('ends though somebody keeps a connection open', async () => {
    const health = await open();
    const socket = connect(health.port, '127.0.0.1');
    socket.on('error', () => {});
    await once(socket, 'connect');
    const closed = once(socket, 'close');
    await health.close();
    await closed;
  });

  it('says in a sentence that its port is taken', async () => {
    const { port } = await open();
    const metrics = { contentType: 'text/plain', metrics: async () => '' };
    const second = await openHealth(
      { host: '127.0.0.1', port },
      { notAlive: () => [], notReady: () => [], metrics },
    );
    expect(second).toBe(
      `cannot serve --health on 127.0.0.1:${port} (EADDRINUSE): choose another address or port`,
    );
  });
});
