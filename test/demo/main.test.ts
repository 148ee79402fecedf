import { execFileSync } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { type Process, spawnProcess } from '../support/process.ts';

const MIDREG = join(import.meta.dirname, '../../bin/midreg');
const PATIENCE_MS = 30_000;

const opened: { close(): unknown }[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()));
});

async function demo(...flags: string[]): Promise<Process> {
  const running = await spawnProcess({ command: MIDREG, args: ['demo', ...flags], env: { NO_COLOR: '1' } });
  opened.push({ close: () => running.stop() });
  return running;
}

/** The proxy that a demo has started, once it has. */
const findProxy = ({ pid }: Process): number | undefined => {
  const table = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' });
  const rows = table.split('\n').map((row) => row.trim().split(/\s+/));
  const proxy = rows.find(([, parent, ...args]) => parent === String(pid) && args.includes('run'));
  return proxy === undefined ? undefined : Number(proxy[0]);
};

const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

async function proxyOf(running: Process): Promise<number> {
  for (;;) {
    const proxy = findProxy(running);
    if (proxy !== undefined) return proxy;
    await pause(20);
  }
}

/** Sees to it that a port is taken, by us or by whoever has it already. */
async function take(port: number): Promise<void> {
  const socket: Socket = createSocket('udp4');
  socket.on('error', () => {});
  socket.bind(port, '127.0.0.1');
  const server = createServer().on('error', () => {});
  server.listen(port, '127.0.0.1');
  await Promise.all([
    Promise.race([once(socket, 'listening'), once(socket, 'close'), pause(200)]),
    Promise.race([once(server, 'listening'), pause(200)]),
  ]);
  opened.push(socket, server);
}

describe('midreg demo', { timeout: 60_000 }, () => {
  it('tells the whole story against the real proxy and ends with 0 as every step held', async () => {
    const running = await demo('--once');
    const proxy = await proxyOf(running);
    const exit = await running.exited;
    expect(running.stderr).toBe('');
    expect(running.stdout.split('\n').filter((line) => /^[✓✗]/.test(line))).toEqual([
      '✓ A wrong password: the PBX refuses it, and nothing is stored',
      '✓ A registration: accepted, with the expiry of the PBX, not of the phone',
      '✓ A message to someone online: delivered',
      '✓ A message to someone offline: refused with 404',
      '✓ A call: set up and ended through the PBX',
      '✓ A phone that the PBX drops: gone from the store',
    ]);
    expect(running.stdout).toContain('All 6 steps held.');
    expect(exit).toEqual({ code: 0, signal: null });
    expect(isRunning(proxy)).toBe(false);
  });

  it('moves to free ports, and says so, where those of the example are taken', async () => {
    await Promise.all([take(5060), take(5070), take(8080)]);
    const running = await demo('--once');
    expect(await running.exited).toEqual({ code: 0, signal: null });
    expect(running.stdout).toMatch(/Note: port 5060 is taken here, so the demo uses \d+ instead/);
    expect(running.stdout).toMatch(/Note: port 5070 is taken here, so the demo uses \d+ instead/);
    expect(running.stdout).not.toContain('--admin 127.0.0.1:8080');
  });

  it('runs several times at once', async () => {
    const all = await Promise.all([demo('--once'), demo('--once'), demo('--once')]);
    for (const running of all) {
      expect(await running.exited).toEqual({ code: 0, signal: null });
      expect(running.stdout).toContain('All 6 steps held.');
    }
  });

  it('says how to point a phone at it, serves on, and ends with its proxy when it is told to', async () => {
    const running = await demo();
    const proxy = await proxyOf(running);
    await running.waitForLine('It serves until Ctrl-C', PATIENCE_MS);
    for (const told of ['alice-secret', 'pbx.test', 'UDP or TCP', 'bindings --watch --admin'])
      expect(running.stdout).toContain(told);
    process.kill(running.pid, 'SIGINT');
    expect(await running.exited).toEqual({ code: 0, signal: null });
    expect(isRunning(proxy)).toBe(false);
    expect(running.stderr).toBe('');
  });

  it('ends with 1 and leaves no proxy when it is told to end before the story has', async () => {
    const running = await demo();
    const proxy = await proxyOf(running);
    process.kill(running.pid, 'SIGTERM');
    expect(await running.exited).toEqual({ code: 1, signal: null });
    expect(isRunning(proxy)).toBe(false);
    expect(running.stderr).toBe('midreg: ended by SIGTERM\n');
    expect(running.stdout).not.toContain('✗');
  });

  it('ends with 1 and tells how when the proxy dies under it', async () => {
    const running = await demo();
    const proxy = await proxyOf(running);
    await running.waitForLine('It serves until Ctrl-C', PATIENCE_MS);
    process.kill(proxy, 'SIGKILL');
    expect(await running.exited).toEqual({ code: 1, signal: null });
    expect(running.stderr).toMatch(/^midreg: the proxy is gone: it ended with SIGKILL\n/);
  });
});
