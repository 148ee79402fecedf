import { networkInterfaces } from 'node:os';
import { join, relative } from 'node:path';
import { askAdmin } from '../cli/admin.ts';
import { readBindings, renderBindings } from '../cli/binding-table.ts';
import { ExitCode } from '../cli/exit-code.ts';
import { formatHostPort, type HostPort } from '../cli/host-port.ts';
import { complain, say } from '../cli/say.ts';
import type { Ground } from './ground.ts';
import { guide } from './guide.ts';
import { narrateLog, narratePbx } from './narrator.ts';
import { startResident } from './resident.ts';
import { Stop } from './stop.ts';
import { DEMO_DOMAIN, DEMO_GRANTED_SECONDS, DEMO_MAX_CONTACTS, DEMO_USERS, runStory } from './story.ts';
import { openWorld, type World } from './world.ts';

export interface DemoOptions {
  /** End after the story instead of serving on. */
  once: boolean;
}

// Beside the source as beside the bundle.
const EXAMPLE = join(import.meta.dirname, '../examples/demo.yaml');
const RESIDENT = 'bob';
const END_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Shows the proxy at work and gives the exit code. All that it starts has ended when it resolves. */
export async function runDemo({ once }: DemoOptions): Promise<number> {
  const { promise: told, reject } = Promise.withResolvers<never>();
  told.catch(() => {});
  const stop = (signal: NodeJS.Signals) => reject(new Stop(`ended by ${signal}`, true));
  for (const signal of END_SIGNALS) process.on(signal, stop);
  try {
    return await perform(once, told);
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    complain(error.message);
    return ExitCode.Failed;
  } finally {
    for (const signal of END_SIGNALS) process.off(signal, stop);
  }
}

async function perform(once: boolean, told: Promise<never>): Promise<number> {
  await using opened = new AsyncDisposableStack();
  const world = await openWorld(EXAMPLE, told);
  opened.defer(() => world.close());
  const { broken } = world;
  introduce(world);
  const isWell = await Promise.race([tellStory(world, opened), broken]);
  const code = isWell ? ExitCode.Ok : ExitCode.Failed;
  if (once) return code;
  return await Promise.race([serve(world, opened), broken]).catch((error) => {
    if (!(error instanceof Stop && error.isTold)) throw error;
    say('Ending.');
    return code;
  });
}

/** Serves a visitor's own phone and tells what happens; never resolves. */
async function serve({ pbx, ground, proxy }: World, opened: AsyncDisposableStack): Promise<never> {
  const tell = (line: string) => say(`  ${line}`);
  const resident = await startResident({ pbx, proxy: ground.proxy, user: RESIDENT, say: tell });
  opened.defer(() => resident.close());
  say('');
  for (const line of guide(guideOptions(ground))) say(line);
  proxy.onLog((line) => tell(narrateLog(line)));
  pbx.onEvent((event) => {
    const line = narratePbx(event);
    if (line !== undefined) tell(line);
  });
  return new Promise(() => {});
}

/** A path as a person would type it here. */
const shown = (file: string): string => {
  const path = relative(process.cwd(), file);
  return path.startsWith('..') ? file : path;
};

const COMMAND = import.meta.filename.endsWith('.ts') ? 'bin/midreg' : 'midreg';

function introduce({ ground: { file, pbx, proxy, notes }, seconds }: World): void {
  const users = DEMO_USERS.map(({ name }) => name).join(', ');
  say('MidRegistrar in front of a small PBX, with phones of its own; all of it on this machine.');
  for (const note of notes) say(`  Note: ${note}`);
  say(`  PBX     ${pbx.address}:${pbx.port}   knows ${users}; at most ${DEMO_MAX_CONTACTS} phones a user,`);
  say(`          ${DEMO_GRANTED_SECONDS} s a registration, and no messages at all, like many PBXs`);
  say(
    `  proxy   ${proxy.address}:${proxy.port}   ${COMMAND} run ${shown(file)}, ready after ${seconds.toFixed(1)} s`,
  );
  say('');
}

async function tellStory({ pbx, ground, proxy }: World, opened: AsyncDisposableStack): Promise<boolean> {
  const { proxy: hop, admin } = ground;
  const { steps, ok } = await runStory({
    pbx,
    proxy: hop,
    bindings: () => bindingsAt(admin),
    table: async () => [
      `$ ${COMMAND} bindings --admin ${formatHostPort(admin)}`,
      ...renderBindings((await bindingsAt(admin)).bindings),
    ],
    // What fails because it is being ended is no part of the story.
    say: (line) => opened.disposed || say(line),
    colour: process.stdout.isTTY && (process.env.NO_COLOR ?? '') === '',
  });
  const failed = steps.filter((step) => !step.ok).length;
  say('');
  say(ok ? `All ${steps.length} steps held.` : `${failed} of ${steps.length} steps did not hold.`);
  if (!ok) for (const line of proxy.said()) say(`  ${narrateLog(line)}`);
  return ok;
}

async function bindingsAt(admin: HostPort) {
  const answer = await askAdmin(admin, '/v1/bindings');
  if (!answer.ok) throw new Error(answer.reason);
  const page = readBindings(answer.body);
  if (page === undefined) throw new Error(`${formatHostPort(admin)} answered without bindings`);
  return page;
}

const guideOptions = ({ file, proxy, admin }: Ground) => ({
  command: COMMAND,
  domain: DEMO_DOMAIN,
  visitor: DEMO_USERS.find(({ name }) => name !== RESIDENT) ?? { name: '', password: '' },
  resident: RESIDENT,
  proxy,
  lanAddress: lanAddress(),
  admin,
  file: shown(file),
});

/** IPv4, as the example is. */
const lanAddress = (): string | undefined =>
  Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
