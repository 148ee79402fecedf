import type { Hop } from '../wire/hop.ts';
import type { SipRequest, UnsentRequest } from '../wire/message.ts';
import type { CallOptions } from './call.ts';
import { dialogOfCaller } from './dialog.ts';
import { Session } from './session.ts';
import type { Credentials, UserAgent } from './user-agent.ts';

export type PlacedCall =
  | { kind: 'answered'; session: Session }
  | { kind: 'refused'; code: number; reason: string };

/** §13.2: sends the INVITE, waits for its end and, when it was answered, acknowledges the 2xx. */
export async function placeCall(
  agent: UserAgent,
  credentials: Credentials,
  invite: UnsentRequest,
  hop: Hop,
  options: CallOptions = {},
): Promise<PlacedCall> {
  let ringing: SipRequest | undefined;
  let acknowledgeAgain = () => {};
  const { signal, onRinging } = options;
  const cancel = () => {
    // §9.1: no CANCEL before the other side has shown that it knows the INVITE.
    if (ringing !== undefined) agent.cancel(ringing, hop);
  };
  signal?.addEventListener('abort', cancel, { once: true });
  const { request, response } = await agent.exchange(invite, hop, credentials, {
    onProvisional: ({ status }, sent) => {
      const isFirst = ringing === undefined;
      ringing = sent;
      if (status >= 180) onRinging?.();
      if (isFirst && signal?.aborted) cancel();
    },
    onRepeatedSuccess: () => acknowledgeAgain(),
  });
  signal?.removeEventListener('abort', cancel);
  if (response.status >= 300) return { kind: 'refused', code: response.status, reason: response.reason };
  const dialog = dialogOfCaller(request, response);
  if (dialog === undefined)
    return { kind: 'refused', code: response.status, reason: 'Answered without Contact' };
  const session = new Session(agent, credentials, dialog);
  acknowledgeAgain = session.acknowledge();
  return { kind: 'answered', session };
}
