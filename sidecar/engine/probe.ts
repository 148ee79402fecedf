import { ownVia } from '../proxy/via.ts';
import { type Flow, hostPort, transportParam } from '../wire/flow.ts';
import type { Hall } from './hall.ts';

const COOKIE = 'z9hG4bK';

/** Asks the PBX whether it is there (§11), or asks again the same (§17.1.2.2, timer E: only where a datagram may be lost). */
export function probe(hall: Hall, isRepeat: boolean): void {
  if (isRepeat) {
    const sent = hall.probe;
    if (sent !== undefined && !sent.isOver && sent.flow.transport === 'UDP')
      hall.send(sent.flow, sent.text, sent.branch);
    return;
  }
  hall.probe = undefined;
  const flow = hall.upstream.flow(hall.own);
  if (flow === undefined) return told(hall, false, `${hall.upstream.endpoint.host} has no address`);
  const branch = COOKIE + hall.random();
  const text = optionsText(hall, flow, branch);
  hall.probe = { branch, flow, text, isOver: false };
  hall.send(flow, text, branch);
}

/** Whether a response is to the last probe: any at all tells that the PBX is there, and a repeated one no more than that. */
export function probeAnswered(hall: Hall, branch: string): boolean {
  if (hall.probe?.branch !== branch) return false;
  if (hall.probe.isOver) return true;
  hall.probe.isOver = true;
  told(hall, true, '');
  return true;
}

/** Whether it was the last probe that could not leave. */
export function probeFailed(hall: Hall, ref: string, reason: string): boolean {
  if (hall.probe?.branch !== ref) return false;
  if (hall.probe.isOver) return true;
  hall.probe.isOver = true;
  told(hall, false, `it can not be reached (${reason})`);
  return true;
}

const told = (hall: Hall, isUp: boolean, reason: string): void =>
  void hall.out.push({ kind: 'probed', isUp, reason });

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
