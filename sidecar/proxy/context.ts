import type { Binding } from '../registrar/binding.ts';
import type { ClientTransaction } from '../transaction/client.ts';
import type { ServerTransaction } from '../transaction/server.ts';
import type { Flow } from '../wire/flow.ts';
import type { SipMessage } from '../wire/message.ts';
import type { Hop } from './hop.ts';
import type { Side } from './own.ts';
import type { Refusal } from './refusal.ts';
import type { SecureHops } from './sips.ts';

/**
 * Where one copy of a request goes. `requestUri` '' leaves it as received; `routes` go on top of its Route;
 * `binding` is the registered contact it stands for, if it is one; `others` are further flows of the same phone, each to be
 * tried where the one before has failed (RFC 5626 §7). `hop` is what it is reached by, if it is no phone, and `laterHops`
 * those to be tried after that, in order (RFC 3263 §4.3).
 */
export interface Target {
  readonly flow: Flow;
  readonly side: Side;
  readonly requestUri: string;
  readonly routes: readonly string[];
  readonly binding?: Binding;
  readonly others?: readonly Target[];
  readonly hop?: Hop;
  readonly laterHops?: readonly Hop[];
}

/** A final answer to choose from: a peer's response, or one of ours where none came. */
export type Answer =
  | { readonly status: number; readonly response: SipMessage }
  | (Refusal & { readonly response?: undefined });

/** One copy of a request under way (§16.6 step 9) and its final answer, once there is one. */
export interface Branch<Room> {
  readonly context: ResponseContext<Room>;
  readonly target: Target;
  tx: ClientTransaction<Branch<Room>> | undefined;
  answer: Answer | undefined;
  /** A CANCEL is to follow as soon as a provisional answer allows it (§9.1). */
  cancelWanted: boolean;
  /** Something has come back, if only a 100. */
  isHeard: boolean;
  /** Another hop is tried in its place; what still comes of it counts all the same. */
  isPassedOver: boolean;
}

const NO_BRANCHES: readonly never[] = [];

/**
 * The response context of §16.7: what was received, from whom, what became of its copies. `Room` is what the
 * registrar or the messenger keeps with it. `server` is undefined for an ACK, which has no answer.
 */
export class ResponseContext<Room> {
  readonly request: SipMessage;
  readonly source: Flow;
  readonly fromUpstream: boolean;
  /** The first Via with received and rport (its line with CRLF), '' as received. */
  readonly topVia: string;
  readonly server: ServerTransaction<ResponseContext<Room>> | undefined;
  readonly receivedAt: number;
  branches: readonly Branch<Room>[] = NO_BRANCHES;
  /** Groups of targets still to be tried, in order, each when the one before has failed (§16.6, "serially"). */
  waiting: readonly (readonly Target[])[] = [];
  answered = false;
  /** No new branch is to be opened: a CANCEL or a 6xx has come. */
  closed = false;
  /** The Reason line (with CRLF) for CANCELs that are still to be sent; '' for none (RFC 3326). */
  cancelReason = '';
  routesPopped = 0;
  /** §16.4: what a strict router meant as the Request-URI, which stood last in Route; '' as received. */
  strictUri = '';
  secureHops: SecureHops = 'none';
  /** Under which others may wait for its answer (RFC 5626 §7); '' where none may. */
  joinKey = '';
  joined: readonly ResponseContext<Room>[] = NO_BRANCHES;
  room: Room | undefined = undefined;

  constructor(
    request: SipMessage,
    source: Flow,
    fromUpstream: boolean,
    topVia: string,
    server: ServerTransaction<ResponseContext<Room>> | undefined,
    receivedAt: number,
  ) {
    this.request = request;
    this.source = source;
    this.fromUpstream = fromUpstream;
    this.topVia = topVia;
    this.server = server;
    this.receivedAt = receivedAt;
  }

  /** Whether every copy has its final answer. */
  get isSettled(): boolean {
    return this.branches.every((branch) => branch.answer !== undefined);
  }
}
