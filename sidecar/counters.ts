/** A cumulative histogram in seconds, as Prometheus wants it. */
export class Histogram {
  readonly bounds: readonly number[];
  readonly counts: number[];
  sum = 0;
  count = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = new Array(bounds.length).fill(0);
  }

  observe(seconds: number): void {
    this.sum += seconds;
    this.count++;
    const at = this.bounds.findIndex((bound) => seconds <= bound);
    if (at >= 0) this.counts[at] = (this.counts[at] as number) + 1;
  }
}

/** Methods told apart in metrics (the IANA registry); any other is counted as OTHER, so that nobody can grow the table. */
const METHODS = new Set(
  'ACK BYE CANCEL INFO INVITE MESSAGE NOTIFY OPTIONS PRACK PUBLISH REFER REGISTER SUBSCRIBE UPDATE'.split(
    ' ',
  ),
);

export type PeerSide = 'phone' | 'upstream';

/** What the engine counts: plain numbers, read by whoever serves metrics. The keys are `side method` and `side method status`. */
export class Counters {
  readonly requests = new Map<string, number>();
  readonly responses = new Map<string, number>();
  readonly drops = new Map<string, number>();
  readonly events = new Map<string, number>();
  /** From forwarding a request to the PBX until its first answer beyond 100. */
  readonly upstreamLatency = new Histogram([
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
  ]);

  request(side: PeerSide, method: string): void {
    add(this.requests, METHODS.has(method) ? `${side} ${method}` : `${side} OTHER`);
  }

  response(side: PeerSide, method: string, status: number): void {
    add(this.responses, METHODS.has(method) ? `${side} ${method} ${status}` : `${side} OTHER ${status}`);
  }

  /** Something received that led nowhere, by reason. */
  drop(reason: string): void {
    add(this.drops, reason);
  }

  /** Something worth a figure of its own (a registration accepted, a message delivered …), by name. */
  event(name: string): void {
    add(this.events, name);
  }
}

function add(to: Map<string, number>, key: string): void {
  to.set(key, (to.get(key) ?? 0) + 1);
}
