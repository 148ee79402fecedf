/** Where a system under test is to run, and what it fronts. */
export interface Place {
  readonly core: number;
  /** A directory of its own for configuration, data and log. */
  readonly directory: string;
  readonly pbxPort: number;
}

/** A system under test that is serving on 127.0.0.1:`port`. */
export interface Serving {
  readonly port: number;
  /** Root of its process tree, for CPU time. */
  readonly pid: number;
  stop(): Promise<void>;
}

export type Presence =
  | { readonly kind: 'here'; readonly version: string }
  | { readonly kind: 'absent'; readonly hint: string };

export const SYSTEM_NAMES = ['relay', 'kamailio', 'kamailio-tuned', 'opensips', 'midreg'] as const;

export interface System<S extends Serving = Serving> {
  readonly name: (typeof SYSTEM_NAMES)[number];
  readonly describes: string;
  presence(): Presence;
  start(place: Place): Promise<S>;
}
