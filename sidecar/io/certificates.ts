import type { SidecarConfig } from '../config.ts';
import type { Millis } from '../effect.ts';
import { type Built, buildLink, buildListener, type CertificateFacts } from './credentials.ts';
import type { UpstreamLink } from './dial.ts';
import { SecretReading } from './secret-files.ts';
import type { Surroundings } from './surroundings.ts';
import type { ListenerTls } from './tls-door.ts';
import { type Contents, type Watch, watchContents } from './watch.ts';

/** A certificate that is in force. */
interface InForce extends CertificateFacts {
  /** Who shows it: a listener's name; undefined where we show it to the PBX. */
  readonly listener: string | undefined;
}

/** A certificate in force, for people. */
export type ShownCertificate = Omit<InForce, 'notAfter'> & { readonly notAfter: string };

/** For how long a certificate is still valid; '' for a listener where we show it to the PBX. */
export interface RemainingTime {
  readonly listener: string;
  readonly serverName: string;
  readonly secret: string;
  readonly seconds: number;
}

/** Whoever goes by Secrets, with what it goes by. */
interface Holder<T> {
  readonly built: Built<T>;
  /** As they were read for it. */
  readonly files: ReadonlyMap<string, Contents>;
}

/** All that the Secrets of a resource make. */
interface Prepared {
  readonly listeners: ReadonlyMap<string, Holder<ListenerTls>>;
  readonly link: Holder<UpstreamLink>;
  readonly config: SidecarConfig;
}

interface Means {
  readonly tlsOf: (listener: string) => ListenerTls | undefined;
  readonly link: () => UpstreamLink;
}

type Attempt<T> = Holder<T> | readonly string[];

/** A certificate's two files are replaced one after the other. */
const SETTLE_MS = 250;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** A certificate that ends so soon is warned of, once a day. */
const WARN_BEFORE_MS = 7 * DAY_MS;

const isFaulty = <T>(attempt: Attempt<T>): attempt is readonly string[] => Array.isArray(attempt);

/** The certificates, keys and authorities that the resource names, followed as their files change. */
export class Certificates {
  readonly #directory: string;
  readonly #around: Surroundings;
  readonly #changed: () => void;
  readonly #watches = new Map<string, Watch>();
  readonly #faults = new Map<string, readonly string[]>();
  /** Why the resource that came last could not be put in force. */
  #refused: readonly string[] = [];
  /** When each certificate was last warned of, by fingerprint. */
  readonly #warnedAt = new Map<string, Millis>();
  #now: Prepared | undefined;
  #settle: NodeJS.Timeout | undefined;
  #hourly: NodeJS.Timeout | undefined;

  /** `changed` is told when other files than before are in force. */
  constructor(directory: string, around: Surroundings, changed: () => void) {
    this.#directory = directory;
    this.#around = around;
    this.#changed = changed;
  }

  /** What listeners go by (undefined for one without TLS), and how the PBX is spoken to; asked anew for each connection. */
  readonly means: Means = {
    tlsOf: (name) => this.#now?.listeners.get(name)?.built.made,
    link: () => {
      if (this.#now === undefined) throw new Error('nothing is in force yet');
      return this.#now.link.built.made;
    },
  };

  get #inForce(): readonly InForce[] {
    if (this.#now === undefined) return [];
    const { listeners, link } = this.#now;
    return [
      ...[...listeners].flatMap(([listener, { built }]) =>
        built.certificates.map((facts) => ({ ...facts, listener })),
      ),
      ...link.built.certificates.map((facts) => ({ ...facts, listener: undefined })),
    ];
  }

  /** Those in force, as `/v1/status` shows them. */
  get shown(): readonly ShownCertificate[] {
    return this.#inForce.map(({ notAfter, ...facts }) => ({
      ...facts,
      notAfter: new Date(notAfter).toISOString(),
    }));
  }

  /** For how long those in force are still valid, in seconds; negative for one that has expired. */
  get remaining(): readonly RemainingTime[] {
    const now = this.#around.clock();
    return this.#inForce.map(({ listener = '', secret, serverName = '', notAfter }) => ({
      listener,
      serverName,
      secret,
      seconds: Math.round((notAfter - now) / 1000),
    }));
  }

  /** What is wrong with files that have changed, or that a changed resource names; what was read before stays in force. */
  get faults(): readonly string[] {
    return [...this.#refused, ...[...this.#faults.values()].flat()];
  }

  /**
   * Puts in force what a resource names, if it can be read and if `open`, which goes by it, then finds no fault; else all is as
   * before, and the sentences say why. Not to be called again before it has ended.
   */
  async change(
    config: SidecarConfig,
    open: () => Promise<readonly { readonly message: string }[]>,
  ): Promise<readonly string[]> {
    const prepared = this.#prepare(config);
    this.#refused = 'link' in prepared ? [] : prepared;
    if (!('link' in prepared)) return prepared;
    const before = this.#now;
    this.#now = prepared;
    const faults = await open();
    if (faults.length > 0) {
      this.#now = before;
      // Files may have changed meanwhile, and it was the others that took note.
      this.#readSoon();
      return faults.map(({ message }) => message);
    }
    this.#faults.clear();
    this.#follow();
    this.#warn();
    this.#hourly ??= setInterval(() => this.#warn(), HOUR_MS);
    return [];
  }

  #prepare(config: SidecarConfig): Prepared | readonly string[] {
    const listeners = new Map<string, Holder<ListenerTls>>();
    const faults: string[] = [];
    for (const { name, tls } of config.listeners) {
      if (tls === undefined) continue;
      const attempt = this.#attempt((reading) => buildListener(tls, reading));
      if (isFaulty(attempt)) faults.push(...attempt);
      else listeners.set(name, attempt);
    }
    const link = this.#attempt((reading) => this.#buildLink(config, reading));
    if (isFaulty(link)) return [...faults, ...link];
    return faults.length > 0 ? faults : { listeners, link, config };
  }

  #buildLink({ upstream }: SidecarConfig, reading: SecretReading): Built<UpstreamLink> | undefined {
    return buildLink(upstream.tls, upstream.webSocketPath, reading);
  }

  #attempt<T>(build: (reading: SecretReading) => Built<T> | undefined): Attempt<T> {
    const reading = new SecretReading(this.#directory);
    try {
      const built = build(reading);
      return built === undefined ? reading.faults : { built, files: reading.files };
    } catch (error) {
      // OpenSSL has an opinion of its own on keys and digests that are too weak.
      return [`${[...reading.files.keys()].join(', ')}: ${(error as Error).message}`];
    }
  }

  #follow(): void {
    const files = new Map(this.#holders().flatMap(([, { files }]) => [...files]));
    for (const [file, watch] of this.#watches) {
      if (files.has(file)) continue;
      watch.close();
      this.#watches.delete(file);
    }
    for (const [file, contents] of files)
      if (!this.#watches.has(file))
        this.#watches.set(
          file,
          watchContents(file, contents, () => this.#readSoon()),
        );
  }

  #holders(): readonly (readonly [name: string, Holder<ListenerTls | UpstreamLink>])[] {
    if (this.#now === undefined) return [];
    return [...this.#now.listeners, ['', this.#now.link]];
  }

  #readSoon(): void {
    this.#settle ??= setTimeout(() => this.#readAgain(), SETTLE_MS);
  }

  /** Each listener by itself: what is wrong with one keeps no other from its new certificate. */
  #readAgain(): void {
    this.#settle = undefined;
    if (this.#now === undefined) return;
    const { config } = this.#now;
    const listeners = new Map(this.#now.listeners);
    for (const { name, tls } of config.listeners) {
      const before = listeners.get(name);
      if (tls !== undefined && before !== undefined)
        listeners.set(
          name,
          this.#again(`listener ${name}`, before, (reading) => buildListener(tls, reading)),
        );
    }
    const link = this.#again('upstream', this.#now.link, (reading) => this.#buildLink(config, reading));
    this.#now = { config, listeners, link };
    this.#changed();
    this.#warn();
  }

  #again<T>(
    owner: string,
    before: Holder<T>,
    build: (reading: SecretReading) => Built<T> | undefined,
  ): Holder<T> {
    const attempt = this.#attempt(build);
    const note = (level: 'info' | 'warn', event: string, reason: string): void =>
      this.#around.note({ level, event, reason: `${owner}: ${reason}`, isOurs: true });
    if (isFaulty(attempt)) {
      const told = this.#faults.get(owner)?.join();
      this.#faults.set(owner, attempt);
      if (told !== attempt.join())
        note('warn', 'certificate not usable', `${attempt.join('; ')}; the former one stays in force`);
      return before;
    }
    const wasFaulty = this.#faults.delete(owner);
    if (!wasFaulty && isSameFiles(attempt.files, before.files)) return before;
    const ends = attempt.built.certificates.map(
      ({ secret, notAfter }) => `${secret}, until ${new Date(notAfter).toISOString()}`,
    );
    note('info', 'certificate taken', ends.join('; ') || 'the authorities');
    this.#around.tally.event('certificates_taken');
    return attempt;
  }

  #warn(): void {
    const now = this.#around.clock();
    const ending = this.#inForce.filter(({ notAfter }) => notAfter - now < WARN_BEFORE_MS);
    for (const { fingerprint, secret, listener, notAfter } of ending) {
      const warnedAt = this.#warnedAt.get(fingerprint);
      if (warnedAt !== undefined && now - warnedAt < DAY_MS) continue;
      this.#warnedAt.set(fingerprint, now);
      const hasEnded = notAfter <= now;
      const end = new Date(notAfter).toISOString();
      this.#around.note({
        level: hasEnded ? 'error' : 'warn',
        event: hasEnded ? 'certificate expired' : 'certificate expires soon',
        reason: `Secret ${secret} of ${listener === undefined ? 'upstream' : `listener ${listener}`}: ${end}; renew it, and it is taken up`,
        isOurs: true,
      });
    }
    const shown = new Set(ending.map(({ fingerprint }) => fingerprint));
    for (const fingerprint of this.#warnedAt.keys())
      if (!shown.has(fingerprint)) this.#warnedAt.delete(fingerprint);
  }

  close(): void {
    clearTimeout(this.#settle);
    clearInterval(this.#hourly);
    for (const watch of this.#watches.values()) watch.close();
    this.#watches.clear();
  }
}

const isSameFiles = (one: ReadonlyMap<string, Contents>, other: ReadonlyMap<string, Contents>): boolean =>
  [...one].every(([file, contents]) => isSameContents(contents, other.get(file)));

const isSameContents = (one: Contents, other: Contents | undefined): boolean =>
  other !== undefined && !('fault' in one) && !('fault' in other) && one.bytes.equals(other.bytes);
