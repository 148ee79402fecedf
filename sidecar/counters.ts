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
const METHODS =
  'ACK BYE CANCEL INFO INVITE MESSAGE NOTIFY OPTIONS PRACK PUBLISH REFER REGISTER SUBSCRIBE UPDATE'.split(
    ' ',
  );
const OTHER = 'OTHER';

export type PeerSide = 'phone' | 'upstream';

/** Requests of one method that came from one side. */
export interface RequestCount {
  readonly side: PeerSide;
  readonly method: string;
  readonly count: number;
}

/** Responses of one status to requests of one method, that came from one side or went there. */
export interface ResponseCount extends RequestCount {
  readonly status: number;
}

/** The figures of one method on one side; responses by status. Each message counts here: no text is put together for it. */
class MethodCounts {
  requests = 0;
  readonly received: number[] = [];
  readonly sent: number[] = [];
}

class SideCounts {
  readonly #methods = new Map([...METHODS, OTHER].map((method) => [method, new MethodCounts()]));
  readonly #other = this.#methods.get(OTHER) as MethodCounts;

  of(method: string): MethodCounts {
    return this.#methods.get(method) ?? this.#other;
  }

  entries(): Iterable<[string, MethodCounts]> {
    return this.#methods;
  }
}

/** Connections of one transport that did not come about for one reason. */
export interface HandshakeCount {
  readonly transport: string;
  readonly reason: string;
  readonly count: number;
}

/** What the engine counts: plain numbers, read by whoever serves metrics. */
export class Counters {
  readonly drops = new Map<string, number>();
  readonly events = new Map<string, number>();
  /** Requests that went on to another address of the PBX, by why. */
  readonly failovers = new Map<string, number>();
  /** Questions to DNS servers, by what came of them. */
  readonly dnsQueries = new Map<string, number>();
  /** From forwarding a request to the PBX until its first answer beyond 100. */
  readonly upstreamLatency = new Histogram([
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
  ]);
  readonly #handshakes = new Map<string, number>();
  readonly #phone = new SideCounts();
  readonly #upstream = new SideCounts();

  /** A request has come from that side. */
  request(side: PeerSide, method: string): void {
    this.#side(side).of(method).requests++;
  }

  /** An answer to a request of ours has come from that side. */
  responseReceived(side: PeerSide, method: string, status: number): void {
    increment(this.#side(side).of(method).received, status);
  }

  /** An answer has gone to that side. */
  responseSent(side: PeerSide, method: string, status: number): void {
    increment(this.#side(side).of(method).sent, status);
  }

  /** Something received that led nowhere, by reason. */
  drop(reason: string): void {
    add(this.drops, reason);
  }

  /** Something worth a figure of its own (a registration accepted, a message delivered …), by name. */
  event(name: string): void {
    add(this.events, name);
  }

  failover(reason: string): void {
    add(this.failovers, reason);
  }

  dnsQuery(outcome: string): void {
    add(this.dnsQueries, outcome);
  }

  /** A connection that a peer has begun did not come about, for one of a few reasons. */
  handshakeFailed(transport: string, reason: string): void {
    add(this.#handshakes, `${transport} ${reason}`);
  }

  *handshakeFailures(): Iterable<HandshakeCount> {
    for (const [key, count] of this.#handshakes) {
      const [transport = '', reason = ''] = key.split(' ', 2);
      yield { transport, reason, count };
    }
  }

  *requests(): Iterable<RequestCount> {
    for (const { side, method, counts } of this.#all())
      if (counts.requests > 0) yield { side, method, count: counts.requests };
  }

  *responses(way: 'received' | 'sent'): Iterable<ResponseCount> {
    for (const { side, method, counts } of this.#all())
      for (const status in counts[way])
        yield { side, method, status: Number(status), count: counts[way][status] as number };
  }

  #side(side: PeerSide): SideCounts {
    return side === 'phone' ? this.#phone : this.#upstream;
  }

  *#all(): Iterable<{ side: PeerSide; method: string; counts: MethodCounts }> {
    for (const side of ['phone', 'upstream'] as const)
      for (const [method, counts] of this.#side(side).entries()) yield { side, method, counts };
  }
}

/** The list has holes where nothing was counted. */
function increment(byStatus: number[], status: number): void {
  byStatus[status] = (byStatus[status] ?? 0) + 1;
}

function add(to: Map<string, number>, key: string): void {
  to.set(key, (to.get(key) ?? 0) + 1);
}
