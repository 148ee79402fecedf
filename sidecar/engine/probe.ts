import { ownVia } from '../proxy/via.ts';
import type { Flow } from '../wire/flow.ts';
import { hostPort, transportParam } from '../wire/flow.ts';
import type { Hall } from './hall.ts';

/** The `ref` by which a probe that could not leave is known. */
export const PROBE = 'probe';

const COOKIE = 'z9hG4bK';

/** Asks the PBX whether it is there (§11), or asks again the same (§17.1.2.2, timer E: only where a datagram may be lost). */
export function probe(hall: Hall, isRepeat: boolean): void {
  if (isRepeat) {
    const { probe: sent } = hall;
    if (sent !== undefined && sent.flow.transport === 'UDP') hall.send(sent.flow, sent.text, PROBE);
    return;
  }
  const flow = hall.upstream.flow(hall.own);
  if (flow === undefined) {
    const reason = `${hall.upstream.endpoint.host} has no address`;
    hall.out.push({ kind: 'probed', endpoint: hall.upstream.endpoint.name, isUp: false, reason });
    return;
  }
  const branch = COOKIE + hall.random();
  const text = optionsText(hall, flow, branch);
  hall.probe = { branch, flow, text };
  hall.send(flow, text, PROBE);
}

/** Whether a response without a transaction is the awaited one: any answer at all tells that the PBX is there. */
export function probeAnswered(hall: Hall, branch: string): boolean {
  if (hall.probe?.branch !== branch) return false;
  hall.probe = undefined;
  hall.out.push({ kind: 'probed', endpoint: hall.upstream.endpoint.name, isUp: true, reason: '' });
  return true;
}

export function probeFailed(hall: Hall, reason: string): void {
  if (hall.probe === undefined) return;
  hall.probe = undefined;
  hall.out.push({ kind: 'probed', endpoint: hall.upstream.endpoint.name, isUp: false, reason });
}

/** §8.1.1: all that a request must have; §11.1: what we can do is not asked, so it says nothing of it. */
function optionsText(hall: Hall, flow: Flow, branch: string): string {
  const { host, port } = hall.own.advertised(flow, 'upstream');
  const own = hostPort(host, port);
  const at = hostPort(hall.upstream.endpoint.host, hall.upstream.endpoint.port);
  const transport = transportParam(flow.transport);
  return [
    `OPTIONS sip:${at}${transport} SIP/2.0`,
    ownVia(flow.transport, host, port, branch).trimEnd(),
    'Max-Forwards: 70',
    `From: <sip:midregistrar@${own}>;tag=${hall.random()}`,
    `To: <sip:${at}>`,
    `Call-ID: ${hall.random()}`,
    'CSeq: 1 OPTIONS',
    `Contact: <sip:${own}${transport}>`,
    'Accept: application/sdp',
    'User-Agent: midregistrar',
    'Content-Length: 0',
    '\r\n',
  ].join('\r\n');
}
