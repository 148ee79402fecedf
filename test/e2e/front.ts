import { type Midreg, type MidregOptions, type Spec, startMidreg } from '../support/midreg.ts';
import { DOMAIN } from '../support/peers/pbx.ts';
import type { Stage } from '../support/peers/stage.ts';
import { freePort } from '../support/ports.ts';

/** The proxy in front of a PBX, as its phones know it. */
export interface Front {
  readonly midreg: Midreg;
  readonly address: string;
  readonly port: number;
  /** What it was started with. */
  readonly spec: Spec;
}

export interface FrontOptions extends Omit<MidregOptions, 'spec'> {
  /** How the PBX is spoken to. */
  readonly transport?: 'UDP' | 'TCP' | 'TLS' | 'WS' | 'WSS';
  readonly address?: string;
  /** How it is probed; not at all where this is left out, for a scripted PBX tells what it is sent. */
  readonly probe?: Spec;
  /** Put over the sections that are made for the test. */
  readonly spec?: Spec;
}

/** Listens on UDP and TCP with the same port. */
export const listenersOf = (address: string, port: number): readonly Spec[] =>
  ['UDP', 'TCP'].map((transport) => ({ name: transport.toLowerCase(), transport, address, port }));

export async function startFront(
  stage: Stage,
  pbx: { readonly address: string; readonly port: number },
  {
    transport = 'UDP',
    address = '127.0.0.1',
    probe = { method: 'None' },
    spec: changes = {},
    ...options
  }: FrontOptions = {},
): Promise<Front> {
  const port = await freePort('both', address);
  const spec: Spec = {
    domains: [DOMAIN],
    upstream: { endpoints: [{ name: 'pbx', host: pbx.address, port: pbx.port, transport }], probe },
    listeners: listenersOf(address, port),
    ...changes,
  };
  return { midreg: await startMidreg(stage, { spec, ...options }), address, port, spec };
}
