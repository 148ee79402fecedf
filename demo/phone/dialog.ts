import type { NameAddr, RouteEntry } from 'sip';
import { type Hop, hopOfUri } from '../wire/hop.ts';
import type { SipRequest, SipResponse, UnsentRequest } from '../wire/message.ts';

/** §12: what both ends of a call remember of each other. */
export interface Dialog {
  callId: string;
  local: NameAddr;
  remote: NameAddr;
  remoteTarget: string;
  routeSet: RouteEntry[];
  localSeq: number;
}

/** §12.1.2: the caller's dialog, from its INVITE and the 2xx; `undefined` when that has no Contact. */
export function dialogOfCaller(invite: SipRequest, answer: SipResponse): Dialog | undefined {
  const remoteTarget = targetOf(answer);
  if (remoteTarget === undefined) return undefined;
  return {
    callId: invite.headers['call-id'],
    local: invite.headers.from,
    remote: answer.headers.to,
    remoteTarget,
    routeSet: (answer.headers['record-route'] ?? []).toReversed(),
    localSeq: invite.headers.cseq.seq,
  };
}

/** §12.1.1: the callee's dialog, from the INVITE and its own answer; `undefined` when the INVITE has no Contact. */
export function dialogOfCallee(invite: SipRequest, answer: SipResponse): Dialog | undefined {
  const remoteTarget = targetOf(invite);
  if (remoteTarget === undefined) return undefined;
  return {
    callId: invite.headers['call-id'],
    local: answer.headers.to,
    remote: invite.headers.from,
    remoteTarget,
    routeSet: invite.headers['record-route'] ?? [],
    localSeq: 0,
  };
}

/** §12.2.2: whether a request from the other end belongs to this dialog. */
export function isOfDialog(dialog: Dialog, request: SipRequest): boolean {
  return (
    request.headers['call-id'] === dialog.callId &&
    request.headers.to.params.tag === dialog.local.params.tag &&
    request.headers.from.params.tag === dialog.remote.params.tag
  );
}

/** §12.2.1.1: the next request within the dialog, whose CSeq it counts up; an ACK takes the number of its INVITE. */
export function requestInDialog(dialog: Dialog, method: string): UnsentRequest {
  return {
    method,
    uri: dialog.remoteTarget,
    version: '2.0',
    headers: {
      'max-forwards': '70',
      route: dialog.routeSet,
      from: dialog.local,
      to: dialog.remote,
      'call-id': dialog.callId,
      cseq: { seq: method === 'ACK' ? dialog.localSeq : ++dialog.localSeq, method },
    },
    content: '',
  };
}

/** §8.1.2: a dialog's requests go to its first route, else to the other end itself. */
export function hopOfDialog(dialog: Dialog): Hop | undefined {
  const [first] = dialog.routeSet;
  return hopOfUri(first === undefined ? dialog.remoteTarget : first.uri);
}

function targetOf(message: SipRequest | SipResponse): string | undefined {
  const { contact } = message.headers;
  return contact === '*' ? undefined : contact?.[0]?.uri;
}
