import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { fileStage } from '../support/peers/stage.ts';
import { withPeers } from '../support/peers/with-peers.ts';
import { spawnProcess } from '../support/process.ts';
import { startCluster } from './support/cluster.ts';
import { startAsteriskPod, startKamailioPod } from './support/pbx-pods.ts';
import { type SharedCluster, withClusterParts, withSharedCluster } from './support/run-cluster.ts';

const START = join(import.meta.dirname, 'support/start.ts');
const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

describe("the run's cluster", () => {
  let cluster: SharedCluster;
  withSharedCluster((started) => {
    cluster = started;
  });

  /** Runs our image to its end in a pod of the name; returns what it wrote. */
  const runPod = async (name: string, overrides: object, ...args: string[]): Promise<string> => {
    const flags = [
      '--image',
      cluster.image,
      '--image-pull-policy=IfNotPresent',
      '--restart=Never',
      '--quiet',
    ];
    const patch = ['--override-type=strategic', '--overrides', JSON.stringify(overrides)];
    try {
      await cluster.kubectl(['run', name, ...flags, ...patch, '--', ...args]);
      const end = '--for=jsonpath={.status.phase}=Succeeded';
      await cluster.kubectl(['wait', end, `pod/${name}`, '--timeout=30s']);
      return await cluster.kubectl(['logs', name]);
    } finally {
      await cluster.kubectl(['delete', 'pod', name, '--now', '--ignore-not-found']);
    }
  };

  it('runs our image as a pod, under the strictest security context', async () => {
    const securityContext = {
      runAsNonRoot: true,
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    };
    const overrides = { spec: { containers: [{ name: 'version', securityContext }] } };
    expect((await runPod('version', overrides, '--version')).trim()).toBe(version);
  });

  it('resolves the names of services in pods', async () => {
    const look =
      'require("dns").lookup("kubernetes.default", (error, address) => console.log(error ?? address))';
    const overrides = { spec: { containers: [{ name: 'look', command: ['/usr/bin/node', '-e', look] }] } };
    const address = await cluster.kubectl([
      'get',
      'service',
      'kubernetes',
      '-o',
      'jsonpath={.spec.clusterIP}',
    ]);
    expect((await runPod('look', overrides)).trim()).toBe(address);
  });

  it('knows helm', async () => {
    expect(JSON.parse(await cluster.helm(['list', '-A', '-o', 'json']))).toBeInstanceOf(Array);
  });
});

/** The first line of what the SIP server answers to an OPTIONS that we send from `address`, again until it does. */
const askOptions = async (address: string, server: string): Promise<string> => {
  const socket = createSocket('udp4').bind(0, address);
  await once(socket, 'listening');
  const request = [
    `OPTIONS sip:${server} SIP/2.0`,
    `Via: SIP/2.0/UDP ${address}:${socket.address().port};branch=z9hG4bK-${randomUUID()};rport`,
    `From: <sip:u1@pbx.test>;tag=1\r\nTo: <sip:${server}>\r\nCall-ID: ${randomUUID()}\r\nCSeq: 1 OPTIONS`,
    'Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n',
  ].join('\r\n');
  const timer = setInterval(() => socket.send(request, 5060, server), 200);
  try {
    const [answer] = await once(socket, 'message', { signal: AbortSignal.timeout(10_000) });
    return String(answer).split('\r\n')[0] ?? '';
  } finally {
    clearInterval(timer);
    socket.close();
  }
};

describe('a PBX in a pod', () => {
  let cluster: SharedCluster;
  withPeers(['kamailio', 'asterisk']);
  withSharedCluster((started) => {
    cluster = started;
  }, 'own');

  it.each([
    ['Kamailio', startKamailioPod, 'SIP/2.0 200 OK'],
    ['Asterisk', startAsteriskPod, 'SIP/2.0 401 Unauthorized'],
  ])('is a real %s, and answers us at its own address and its service', async (name, startPod, answer) => {
    const pbx = await startPod(cluster, 'default', name.toLowerCase());
    try {
      const words = ['get', 'service', pbx.name, '-o', 'jsonpath={.spec.clusterIP}'];
      for (const server of [pbx.ip, await cluster.kubectl(words)])
        expect(await askOptions(cluster.hostIp, server)).toBe(answer);
      expect(await pbx.log()).toContain('OPTIONS');
    } finally {
      await cluster.kubectl(['delete', 'pod,service,configmap', pbx.name]);
    }
  });
});

const read = (command: string, ...args: string[]) => execFileSync(command, args, { encoding: 'utf8' });

/** What there is on this machine of the cluster with this home: processes, links, mounts, cgroups, files. */
const tracesOf = (home: string): string[] => {
  const name = home.split('/').at(-1) ?? '';
  const commandLines = readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      } catch {
        return ''; // it has ended meanwhile
      }
    });
  const lines = [read('ip', 'link'), read('ip', 'route'), readFileSync('/proc/mounts', 'utf8')]
    .join('')
    .split('\n');
  return [
    ...commandLines.filter((line) => line.includes(home)),
    ...lines.filter(
      (line) => line.includes(`${name}@`) || line.includes(`dev ${name} `) || line.includes(home),
    ),
    ...read('find', '/sys/fs/cgroup', '-name', name).split('\n').filter(Boolean),
    ...(existsSync(home) ? [home] : []),
  ];
};

describe('a cluster of its own', () => {
  const stage = fileStage();
  withClusterParts('controlPlane');

  it('runs beside others and leaves no process, link, mount, cgroup or file', async () => {
    const cluster = await startCluster({ mode: 'controlPlane' });
    stage.onClose(() => cluster.stop());
    const home = dirname(cluster.kubeconfig);
    expect(await cluster.kubectl(['get', '--raw', '/version'])).toContain('"gitVersion"');
    expect(tracesOf(home).length).toBeGreaterThan(5);
    await cluster.stop();
    expect(tracesOf(home)).toEqual([]);
  });

  it('ends with the process that started it, also when that is killed', async () => {
    const maker = await spawnProcess({ command: process.execPath, args: [START, 'controlPlane'] });
    stage.onClose(() => maker.kill9());
    const line = await maker.waitForLine('export KUBECONFIG=', 60_000);
    const home = dirname(line.split('=')[1] ?? '');
    expect(tracesOf(home).length).toBeGreaterThan(5);
    await maker.kill9();
    await vi.waitUntil(() => tracesOf(home).length === 0, { timeout: 20_000, interval: 200 });
  });

  it('tells why it did not start', async () => {
    const flags = { apiServer: ['--no-such-flag'] };
    await expect(startCluster({ mode: 'controlPlane', flags })).rejects.toThrow(
      /unknown flag: --no-such-flag/,
    );
  });
});
