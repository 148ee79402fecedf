import { DEAD_CONNECTION, type Flow } from '../wire/flow.ts';
import { param } from '../wire/uri.ts';
import { unsigned } from '../wire/value.ts';

/** One contact of an address of record as the PBX has accepted it (RFC 3261 §10.3), with all that is needed to reach it. */
export interface Binding {
  /** `aorKey` of the user it belongs to. */
  readonly aor: string;
  /** The contact's URI as the phone wrote it; of a foreign one as the PBX lists it. */
  readonly uri: string;
  /** The same with its display name and angle brackets, as it goes back to phones. */
  readonly contact: string;
  /** What the PBX knows it by (registration.insertion: Contact), unique in the location; '' for a foreign one. */
  readonly token: string;
  /** The flow that it last registered over; undefined for a foreign one. */
  readonly flow: Flow | undefined;
  /** Route to it beyond the flow (RFC 3327): the Path of proxies between the phone and us, topmost first. */
  readonly path: readonly string[];
  /** ms; never later than the PBX's own. */
  readonly expiresAt: number;
  /** 0 to 1. */
  readonly q: number;
  /** `+sip.instance` without quotes (RFC 5626 §4.1); '' if it has none. */
  readonly instance: string;
  /** `reg-id` (RFC 5626 §4.2); 0 if it has none. */
  readonly regId: number;
  readonly userAgent: string;
  /** The `methods` parameter (RFC 3840); '' if it has none. */
  readonly methods: string;
  readonly callId: string;
  readonly cseq: number;
  /** When the PBX's 2xx arrived, in ms. */
  readonly acceptedAt: number;
  /** Name of the endpoint that accepted it. */
  readonly upstream: string;
  /** It did not come through this proxy: the PBX's word is all we have of it. */
  readonly foreign: boolean;
}

/** Whether something sent to it now has a chance to arrive: it has not expired, and its connection is not known to be closed. */
export const isReachable = ({ expiresAt, flow }: Binding, now: number): boolean =>
  expiresAt > now && flow?.connection !== DEAD_CONNECTION;

/**
 * `+sip.instance` and `reg-id` of a contact's raw parameters (RFC 5626 §4); '' and 0 where it has none that can be read.
 * §6: a reg-id is not heeded without an instance, nor where no first hop names the flow.
 */
export function outboundOf(params: string, hasFlow: boolean): Pick<Binding, 'instance' | 'regId'> {
  // The PBX may list very many, and most have no such parameter.
  const instance = params.includes('+') ? (param(params, '+sip.instance') ?? '') : '';
  const regId = hasFlow && instance !== '' ? param(params, 'reg-id') : undefined;
  return { instance, regId: unsigned(regId ?? '', MAX_REG_ID) ?? 0 };
}

const MAX_REG_ID = 2 ** 31 - 1;

/** RFC 5626 §4.2: with both, the instance and not the URI says which contact it is. */
export const isOutbound = (contact: Pick<Binding, 'instance' | 'regId'>): boolean =>
  contact.instance !== '' && contact.regId > 0;

/** Shorter texts are copied when they are cut out; longer ones keep the whole text they were cut from in memory. */
const LEAST_SLICE = 13;

/** A text that does not keep alive the message it was cut from; the known one where it is the same. */
export function detached(text: string, known?: string): string {
  if (text === known) return known;
  return text.length < LEAST_SLICE ? text : Buffer.from(text, 'latin1').toString('latin1');
}
