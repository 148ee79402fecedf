import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { cut, fieldOf, nameOf } from '../sidecar/corpus/expected.ts';
import { type Midreg, startMidreg } from '../support/midreg.ts';
import type { Stage } from '../support/peers/stage.ts';
import { freePort } from '../support/ports.ts';

const PATIENCE_MS = 10_000;
const TRIES = 50;

/** A text that a socket of the office has received, as latin1. */
export interface Heard {
  readonly by: 'phone' | 'bob' | 'pbx';
  readonly text: string;
}

/** A phone, another one (bob) and a PBX around a running proxy of example.com, each a bare UDP socket. */
export interface Office {
  readonly midreg: Midreg;
  /** Where the phone sends from. */
  readonly address: string;
  readonly port: number;
  /** Where bob is. */
  readonly bob: string;
  sendFrom(who: Heard['by'], text: string): void;
  /** The next text that anybody hears; 100s, ACKs and what has been heard before are left aside. */
  next(what: string): Promise<Heard>;
  /** Whether something has been heard that nobody has asked for. */
  readonly unread: readonly Heard[];
}

/** Binds the ports on an address of the loopback network that has all of them free. */
async function bindAll(
  stage: Stage,
  ports: readonly number[],
): Promise<{ address: string; sockets: Socket[] }> {
  for (let tries = 0; tries < TRIES; tries++) {
    const part = () => 1 + Math.floor(Math.random() * 254);
    const address = `127.${part()}.${part()}.${part()}`;
    const sockets = ports.map(() => createSocket('udp4'));
    stage.onClose(() => {
      for (const socket of sockets) socket.close();
    });
    const bound = sockets.map(async (socket, index) => {
      const listening = once(socket, 'listening');
      socket.bind(ports[index], address);
      await listening;
    });
    const outcomes = await Promise.allSettled(bound);
    if (outcomes.every(({ status }) => status === 'fulfilled')) return { address, sockets };
  }
  throw new Error(`no loopback address with ports ${ports.join(', ')} free`);
}

/** §17.1.1.3: the ACK of a refused INVITE has its Request-URI, its top Via and what names its transaction. */
function ackOf(invite: string): string {
  const { start, headers } = cut(invite);
  const names = new Set(['via', 'from', 'to', 'call-id', 'cseq']);
  const seen = new Set<string>();
  const kept = headers.filter((line) => {
    const name = nameOf(line);
    const isWanted = names.has(name) && !seen.has(name);
    seen.add(name);
    return isWanted;
  });
  const lines = [start, ...kept].map((line) =>
    line.replace(/^INVITE | INVITE(?=\r?\n$)/g, (word) => word.replace('INVITE', 'ACK')),
  );
  return [...lines, 'Content-Length: 0\r\n\r\n'].join('');
}

/** Opens the office; answers to the phone may come to any of `answerPorts`, to each of which some Via points. */
export async function openOffice(
  stage: Stage,
  port: number,
  answerPorts: readonly number[],
): Promise<Office> {
  const others = answerPorts.filter((one) => one !== port);
  const phone = await bindAll(stage, [port, ...others]);
  const [bob, pbx] = await Promise.all([bindAll(stage, [5072]), bindAll(stage, [5070])]);
  const heard: Heard[] = [];
  const before = new Set<string>();
  const waiting = new Set<() => void>();
  const proxy = { address: '127.0.0.1', port: await freePort('both') };
  const tell = (socket: Socket | undefined, text: string) =>
    socket?.send(Buffer.from(text, 'latin1'), proxy.port, proxy.address);
  const invites = new Map<string, string>();
  const listen = (by: Heard['by'], socket: Socket) =>
    socket.on('message', (data) => {
      const text = data.toString('latin1');
      const invite = invites.get(fieldOf(text, 'call-id') ?? '');
      if (by === 'phone' && invite !== undefined && /^SIP\/2\.0 [3-6]/.test(text))
        tell(phone.sockets[0], ackOf(invite));
      if (/^(?:SIP\/2\.0 100|ACK) /.test(text) || before.has(by + text)) return;
      before.add(by + text);
      heard.push({ by, text });
      for (const look of waiting) look();
    });
  for (const socket of phone.sockets) listen('phone', socket);
  for (const socket of bob.sockets) listen('bob', socket);
  for (const socket of pbx.sockets) listen('pbx', socket);
  const midreg = await startMidreg(stage, {
    spec: {
      domains: ['example.com'],
      upstream: {
        endpoints: [{ name: 'pbx', host: pbx.address, port: 5070 }],
        probe: { method: 'None' },
      },
      listeners: [{ name: 'udp', transport: 'UDP', ...proxy }],
      messaging: { contentTypes: ['*/*'], maxUdpBytes: 65_000 },
    },
  });
  const senders = { phone: phone.sockets[0], bob: bob.sockets[0], pbx: pbx.sockets[0] };
  const next = async (what: string): Promise<Heard> => {
    const { promise, resolve, reject } = Promise.withResolvers<Heard>();
    const look = () => {
      const first = heard.shift();
      if (first !== undefined) resolve(first);
    };
    const timer = setTimeout(() => reject(new Error(`no ${what} in ${PATIENCE_MS} ms`)), PATIENCE_MS);
    waiting.add(look);
    look();
    return await promise.finally(() => {
      clearTimeout(timer);
      waiting.delete(look);
    });
  };
  return {
    midreg,
    address: phone.address,
    port,
    bob: `${bob.address}:5072`,
    sendFrom: (who, text) => {
      if (/^\s*INVITE /.test(text)) invites.set(fieldOf(text, 'call-id') ?? '', text);
      tell(senders[who], text);
    },
    next,
    get unread() {
      return heard;
    },
  };
}
