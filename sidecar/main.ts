import { randomInt } from 'node:crypto';
import type { LevelWithSilent } from 'pino';
import type { HostPort, SidecarConfig } from './config.ts';
import { Counters } from './counters.ts';
import type { Input } from './effect.ts';
import { Engine } from './engine/engine.ts';
import { openAdmin } from './io/admin.ts';
import { knownAs } from './io/advertised.ts';
import { Certificates } from './io/certificates.ts';
import { createClock } from './io/clock.ts';
import { drain } from './io/drain.ts';
import { DurableJournal } from './io/durable-journal.ts';
import { EventLoopDelay } from './io/event-loop.ts';
import { addGauges } from './io/gauges.ts';
import { Guarding } from './io/guarding.ts';
import { boundHeapGrowth } from './io/heap.ts';
import { openKeep } from './io/keep.ts';
import { connectionLimits, Listeners } from './io/listeners.ts';
import { Locator } from './io/locator.ts';
import { createLog, type Log } from './io/log.ts';
import { createMetrics } from './io/metrics.ts';
import { createPerformer } from './io/perform.ts';
import { Prober } from './io/prober.ts';
import { createRandom } from './io/random.ts';
import { type Apply, Reload } from './io/reload.ts';
import { hearSignals } from './io/signals.ts';
import { AllowedSources, Networks } from './io/sources.ts';
import { spokenBy } from './io/spoken.ts';
import { noteLeftOut, noteStart } from './io/start-notes.ts';
import { Store } from './io/store.ts';
import type { Surroundings } from './io/surroundings.ts';
import { TokenKey, type TokenKeyState } from './io/token-key.ts';
import { viewUpstreams } from './io/upstream-view.ts';
import { Upstreams } from './io/upstreams.ts';
import { OwnAddresses } from './proxy/own.ts';
import { Location } from './registrar/location.ts';
import { Tokens } from './registrar/token.ts';

export interface SidecarOptions {
  /** The resource's file, which is watched, and what it was read as. */
  readonly file: string;
  readonly text: string;
  readonly config: SidecarConfig;
  readonly dataDir: string;
  /** The folder with the Secrets that the resource names. */
  readonly secrets: string;
  readonly admin?: HostPort;
  /** Undefined: as the resource says. */
  readonly logLevel?: LevelWithSilent;
  /** A file with the key by which tokens are signed. */
  readonly tokenKey?: string;
  /** Asked instead of the system's DNS servers. */
  readonly dnsServers?: readonly HostPort[];
  readonly version: string;
  /** Tells a person why it can't start. */
  readonly complain: (sentence: string) => void;
}

/**
 * Fronts the PBX until SIGTERM or SIGINT, then drains (a second signal ends that) and gives exit code 0; 1 where it can't
 * start, with the reason told. Never rejects.
 */
export async function runSidecar(options: SidecarOptions): Promise<number> {
  const clock = createClock();
  const log = createLog({ level: options.logLevel ?? options.config.logLevel, clock });
  const signals = hearSignals();
  const sidecar = await start(options, clock, log);
  if (typeof sidecar === 'string') {
    log.flush();
    options.complain(sidecar);
    signals.close();
    return 1;
  }
  log.note({ level: 'info', event: 'draining', reason: await signals.first });
  await Promise.race([sidecar.drained(), signals.second]);
  await sidecar.close();
  log.note({ level: 'info', event: 'ended' });
  log.flush();
  signals.close();
  return 0;
}

/** Levels by which each request is told. */
const VERBOSE: ReadonlySet<string> = new Set(['trace', 'debug']);

interface Running {
  /** Resolves when no request waits for its answer any more, or has waited long enough. */
  drained(): Promise<void>;
  close(): Promise<void>;
}

/** Puts everything together and opens it; nothing is decided here. The reason as a text where it can't be. */
async function start(options: SidecarOptions, clock: () => number, log: Log): Promise<Running | string> {
  await using opened = new AsyncDisposableStack();
  const { file, text, admin: adminAddress } = options;
  let { config } = options;
  let isReady = false;
  let isDraining = false;
  let reload: Reload | undefined;

  const counters = new Counters();
  const around: Surroundings = { clock, tally: counters, note: log.note };
  const give = (input: Input): void => performer.give(input);
  const location = new Location(config.store.maxBindings);
  const keep = openKeep(config.store, options.dataDir, around, location, (ticket, outcome) =>
    give({ kind: 'remembered', ticket, outcome }),
  );
  if (typeof keep === 'string') return keep;
  opened.defer(() => keep.dataDir?.release());

  const store = new Store(location, keep.journal, around, give);
  opened.defer(() => store.close());
  const tokens = new Tokens({ secret: keep.secret, epoch: randomInt(2 ** 32) });
  const stored: TokenKeyState = { source: keep.dataDir === undefined ? 'Random' : 'Store' };
  const tokenKey =
    options.tokenKey && new TokenKey(options.tokenKey, stored.source, around, (key) => tokens.rekey(key));
  if (tokenKey) opened.defer(() => tokenKey.close());
  const pbxSources = new Networks(config.upstream.sources);
  const isVerbose = (): boolean => VERBOSE.has(options.logLevel ?? config.logLevel);
  const sources = new AllowedSources(config.security.allowedSources, pbxSources);
  const guarding = new Guarding(config.security, sources, around);
  opened.defer(() => guarding.close());
  const engine = new Engine(
    {
      config,
      own: new OwnAddresses(knownAs(config.listeners)),
      tokens,
      random: createRandom(),
      verbose: isVerbose(),
      counters,
      isPbxSource: pbxSources.include,
      guard: guarding.guard,
    },
    clock(),
  );
  const locator = new Locator(around, spokenBy(config.listeners), counters, options.dnsServers);
  const certificates = new Certificates(options.secrets, around, () => listeners.secure());
  opened.defer(() => certificates.close());
  const listeners = new Listeners(
    around,
    sources,
    connectionLimits(config.security),
    (input) => {
      if (input.kind === 'flowClosed') location.closeConnection(input.connection);
      give(input);
    },
    { ...certificates.means, hostAt: (address) => upstreams.hostAt(address) ?? locator.hostAt(address) },
  );
  const prober = new Prober(around, config.upstream, give);
  opened.defer(() => prober.close());
  const upstreams = new Upstreams(around, locator, sources, prober, give);
  const performer = createPerformer(
    engine,
    {
      send: (flow, message, ref) => listeners.send(flow, message, ref),
      lookup: (by, key) => store.lookup(by, key),
      remember: (aor, bindings, ticket) => store.remember(aor, bindings, ticket),
      locate: (destination, answer) => locator.locate(destination, answer),
      probed: (hop, isUp, reason) => prober.probed(hop, isUp, reason),
      suspected: (hop) => prober.suspected(hop),
      note: log.note,
    },
    around,
  );
  opened.defer(() => performer.stop());

  const open = (next: SidecarConfig): Promise<readonly string[]> =>
    certificates.change(next, () => listeners.update(next.listeners));

  const apply: Apply = async (next) => {
    const faults = await open(next);
    if (faults.length > 0) return faults;
    listeners.limit(connectionLimits(next.security));
    pbxSources.update(next.upstream.sources);
    sources.update(next.security.allowedSources);
    guarding.update(next.security);
    engine.reconfigure(next, new OwnAddresses(knownAs(next.listeners)));
    if (locator.speak(spokenBy(next.listeners))) upstreams.askAnew();
    upstreams.update(next.upstream.endpoints);
    prober.update(next.upstream);
    if (next.store.type !== config.store.type || next.store.maxBindings !== location.capacity)
      log.note({
        level: 'warn',
        event: 'restart needed',
        reason: 'spec.store has changed, which takes effect at a restart',
      });
    config = next;
    engine.verbose = isVerbose();
    log.setLevel(options.logLevel ?? config.logLevel);
    return [];
  };

  const eventLoop = new EventLoopDelay((late) => guarding.observe(Math.max(late, listeners.queueDelay())));
  opened.defer(() => eventLoop.close());
  if (adminAddress !== undefined) {
    const metrics = createMetrics(counters);
    addGauges(metrics, {
      location,
      transactions: () => engine.transactions(clock()),
      connections: () => listeners.connectionCounts,
      upstreams: () => upstreams.states,
      upstreamHealth: (endpoint) => prober.health(endpoint),
      certificates: () => certificates.remaining,
      isJournalFailing: () => keep.journal.isFailing,
      guard: guarding.guard,
      eventLoopSeconds: eventLoop.seconds,
      commitSeconds: keep.journal instanceof DurableJournal ? keep.journal.commitSeconds : undefined,
      version: options.version,
    });
    const startedAt = new Date(clock()).toISOString();
    const admin = await openAdmin(adminAddress, {
      clock,
      location,
      notReady: () => (isReady ? [] : ['bindings are being read, or sockets opened']),
      status: () => ({
        name: config.name,
        version: options.version,
        startedAt,
        ready: isReady,
        resource: reload?.applied ?? { file },
        draining: isDraining,
        tokenKey: tokenKey ? tokenKey.state : stored,
        upstreams: viewUpstreams(upstreams.states, prober),
        upstreamListsOthers: engine.upstreamListsOthers,
        listeners: listeners.bound,
        certificates: certificates.shown,
        certificateFaults: certificates.faults,
        store: { type: options.config.store.type, failing: keep.journal.isFailing },
        bindings: location.bindingCount,
        aors: location.aorCount,
        connections: listeners.connectionCount,
        transactions: engine.transactions(clock()),
        bans: guarding.guard.held.bans,
        overloadLevel: guarding.guard.overload.level,
      }),
      bans: guarding.bans,
      metrics,
    });
    if (typeof admin === 'string') return admin;
    opened.defer(() => admin.close());
  }

  const { loaded, expired, leftOut } = await store.load();
  opened.defer(boundHeapGrowth());
  void guarding.recall(location);
  if (leftOut > 0) noteLeftOut(log, leftOut);
  opened.defer(() => upstreams.close());
  upstreams.update(config.upstream.endpoints);
  opened.defer(() => listeners.close());
  const faults = await open(config);
  if (faults.length > 0) return faults.join('\n');
  reload = new Reload(file, text, around, apply);
  opened.defer(() => reload?.close());
  isReady = true;
  prober.begin();
  noteStart(log, listeners.bound, `${loaded} users read, ${expired} contacts had expired`);

  const running = opened.move();
  return {
    drained: async () => {
      isDraining = true;
      prober.close();
      // A changed resource could open what is about to close.
      await reload?.close();
      await listeners.stopAccepting();
      await drain(
        {
          clock,
          unanswered: () => engine.unanswered,
          connections: () => listeners.connectionCount,
          busyStreams: () => engine.busyStreams,
          closeIdle: (busy) => listeners.closeIdle(busy),
        },
        config.drainMs,
      );
    },
    close: () => running.disposeAsync(),
  };
}
