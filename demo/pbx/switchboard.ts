import type { AuthParams } from 'sip';
import { type Hop, hopOfUri, hopOfVia } from '../wire/hop.ts';
import {
  type OptionalHeaders,
  respondTo,
  type SipRequest,
  type SipResponse,
  transactionKey,
} from '../wire/message.ts';
import { Recent } from '../wire/recent.ts';
import type { SipSocket } from '../wire/socket.ts';
import { newBranch, newToken } from '../wire/token.ts';
import { Authenticator, type AuthRole } from './authentication.ts';
import type { PbxEvent } from './event.ts';
import {
  forwardRequest,
  forwardResponse,
  localUser,
  maxForwards,
  type Target,
  takeOwnRoute,
} from './forward.ts';
import { contactList, type RegistrarLimits, register } from './registrar.ts';
import type { Users } from './users.ts';

const ALLOWED = 'INVITE, ACK, CANCEL, BYE, OPTIONS, REGISTER';
const REMEMBERED = 5000;
/** §17.2.2: timer J, how long a retransmission of an answered request may still come. */
const REPLY_LIFETIME = 32_000;
/** §16.6 step 11: a call may ring for three minutes (timer C), and its CANCEL must find the way. */
const FORWARD_LIFETIME = 180_000;

export interface SwitchboardOptions extends RegistrarLimits {
  domain: string;
  users: Users;
  nonceLifetimeSeconds: number;
  now: () => number;
  note: (event: PbxEvent) => void;
}

interface Forwarded {
  branch: string;
  target: Target | undefined;
}

/**
 * The PBX's answer to each message: a registrar (§10.3) and a record-routing proxy that keeps no transactions
 * (§16.11), only, for a while, which answer or which way a request got, so that its retransmissions get the same.
 */
export class Switchboard {
  readonly #options: SwitchboardOptions;
  readonly #socket: SipSocket;
  readonly #authenticator: Authenticator;
  readonly #replies = new Recent<SipResponse>(REMEMBERED, REPLY_LIFETIME);
  readonly #forwarded = new Recent<Forwarded>(REMEMBERED, FORWARD_LIFETIME);

  constructor(socket: SipSocket, options: SwitchboardOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#authenticator = new Authenticator({
      realm: options.domain,
      passwordOf: (user) => options.users.passwordOf(user),
      nonceLifetimeSeconds: options.nonceLifetimeSeconds,
    });
  }

  receiveResponse(response: SipResponse): void {
    const outgoing = forwardResponse(response, this.#self);
    if (outgoing !== undefined) this.#socket.send(outgoing.message, outgoing.hop);
  }

  receiveRequest(received: SipRequest): void {
    const now = this.#options.now();
    const key = transactionKey(received, received.method === 'ACK' ? 'INVITE' : received.method);
    const reply = this.#replies.get(key, now);
    if (reply !== undefined) {
      // §17.1.1.3: an ACK for an answer of ours ends here.
      if (received.method !== 'ACK') this.#sendReply(reply);
      return;
    }
    const { request, wasRouted } = takeOwnRoute(received, this.#self);
    const isHopByHop = request.method === 'ACK' || request.method === 'CANCEL';
    const way = this.#forwarded.get(isHopByHop ? transactionKey(request, 'INVITE') : key, now);
    if (way !== undefined) this.#forward(request, way);
    else if (request.method === 'ACK') this.#forwardAck(request, wasRouted);
    else if (maxForwards(request) <= 0) this.#reply(request, 483, 'Too Many Hops');
    else this.#handle(request, wasRouted);
  }

  #handle(request: SipRequest, wasRouted: boolean): void {
    // The point of the product: this PBX, like many, cannot do messages, not even within a call.
    if (request.method === 'MESSAGE') return this.#refuseMethod(request);
    if (wasRouted && request.headers.to.params.tag) return this.#forwardNew(request, undefined);
    switch (request.method) {
      case 'REGISTER':
        return this.#register(request);
      case 'INVITE':
        return this.#invite(request);
      case 'OPTIONS':
        return this.#reply(request, 200, 'OK', { allow: ALLOWED, supported: 'path' });
      case 'CANCEL':
      case 'BYE':
        return this.#reply(request, 481, 'Call Does Not Exist');
      default:
        return this.#refuseMethod(request);
    }
  }

  #register(request: SipRequest): void {
    const { users, domain, now, note } = this.#options;
    const user = localUser(request.headers.to.uri, domain, this.#self);
    if (user === undefined) return this.#refuse(request, 404, 'Not a domain of this PBX');
    if (!this.#isAuthentic(request, 'registrar', user)) return;
    const outcome = register(users.live(user, now()), request, this.#options, now());
    if (outcome.kind === 'refused') return this.#refuse(request, outcome.status, outcome.reason);
    users.replace(user, outcome.bindings);
    const contacts = contactList(outcome.bindings, now());
    this.#reply(request, 200, 'OK', {
      // The package would write an empty list as `Contact: *`.
      contact: contacts.length > 0 ? contacts : undefined,
      path: request.headers.path,
      supported: 'path',
    });
    note({ kind: 'registered', user, contacts: contacts.length });
  }

  #invite(request: SipRequest): void {
    const { users, domain, now } = this.#options;
    if (request.headers.to.params.tag) return this.#refuse(request, 481, 'Call Does Not Exist');
    const caller = localUser(request.headers.from.uri, domain, this.#self);
    if (caller === undefined || !users.has(caller)) return this.#refuse(request, 403, 'Unknown caller');
    if (!this.#isAuthentic(request, 'proxy', caller)) return;
    const callee = localUser(request.uri, domain, this.#self);
    if (callee === undefined || !users.has(callee)) return this.#refuse(request, 404, 'No such user');
    const binding = users.live(callee, now()).find(({ contact }) => hopOfUri(contact) !== undefined);
    if (binding === undefined) return this.#refuse(request, 480, 'User is not registered');
    this.#forwardNew(request, binding);
  }

  /** §22.2, §22.3: answers 401 or 407 itself until the credentials are right and are those of `user`. */
  #isAuthentic(request: SipRequest, role: AuthRole, user: string): boolean {
    const verdict = this.#authenticator.check(request, role, this.#options.now());
    if (verdict.kind === 'authentic' && verdict.user === user) return true;
    if (verdict.kind === 'challenge') this.#challenge(request, role, verdict.challenge);
    else this.#refuse(request, 403, verdict.kind === 'wrong' ? 'Wrong user or password' : 'Not your address');
    return false;
  }

  #challenge(request: SipRequest, role: AuthRole, challenge: AuthParams): void {
    if (role === 'registrar') this.#reply(request, 401, 'Unauthorized', { 'www-authenticate': [challenge] });
    else this.#reply(request, 407, 'Proxy Authentication Required', { 'proxy-authenticate': [challenge] });
  }

  #forwardNew(request: SipRequest, target: Target | undefined): void {
    const way = { branch: newBranch(), target };
    if (!this.#forward(request, way)) return this.#refuse(request, 404, 'Leads nowhere from here');
    this.#forwarded.set(transactionKey(request), way, this.#options.now());
    const { method, uri, headers } = request;
    this.#options.note({ kind: 'forwarded', method, callId: headers['call-id'], to: target?.contact ?? uri });
  }

  #forwardAck(request: SipRequest, wasRouted: boolean): void {
    // §13.2.2.4: the ACK of a 2xx is a request of its own, which follows the dialog's route.
    if (wasRouted) this.#forward(request, { branch: newBranch(), target: undefined });
  }

  #forward(request: SipRequest, way: Forwarded): boolean {
    const outgoing = forwardRequest(request, this.#self, way.branch, way.target);
    if (outgoing === undefined || maxForwards(request) <= 0) return false;
    this.#socket.send(outgoing.message, outgoing.hop);
    return true;
  }

  #refuseMethod(request: SipRequest): void {
    this.#refuse(request, 405, 'Method Not Allowed', { allow: ALLOWED });
  }

  #refuse(request: SipRequest, status: number, reason: string, headers?: OptionalHeaders): void {
    this.#reply(request, status, reason, headers);
    this.#options.note({
      kind: 'refused',
      method: request.method,
      from: request.headers.from.uri,
      status,
      reason,
    });
  }

  #reply(request: SipRequest, status: number, reason: string, headers: OptionalHeaders = {}): void {
    const response = respondTo(request, status, reason, newToken(), headers);
    this.#replies.set(transactionKey(request), response, this.#options.now());
    this.#sendReply(response);
  }

  #sendReply(response: SipResponse): void {
    const hop = hopOfVia(response.headers.via[0]);
    if (hop !== undefined) this.#socket.send(response, hop);
  }

  get #self(): Hop {
    return this.#socket.local;
  }
}
