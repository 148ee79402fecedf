import { ownVia } from '../proxy/via.ts';
import { type Flow, hostPort, transportParam } from '../wire/flow.ts';
import type { SipMessage } from '../wire/message.ts';
import type { Hall } from './hall.ts';
import { rest } from './onward.ts';
import type { Probe } from './room.ts';

const COOKIE = 'z9hG4bK';

/** Asks one address of the PBX whether it is there (§11), or asks again the same (§17.1.2.2, timer E: only where a datagram may be lost). */
export function probe(hall: Hall, name: string, isRepeat: boolean): void {
  if (isRepeat) {
    const sent = hall.probes.get(name);
    if (sent !== undefined && !sent.isOver && sent.flow.transport === 'UDP')
      hall.send(sent.flow, sent.text, sent.branch);
    return;
  }
  hall.probes.delete(name);
  const hop = hall.upstream.hop(name);
  if (hop === undefined) return told(hall, name, false, 'it is no address of the PBX any more');
  const flow = hop.flow(hall.own);
  const branch = COOKIE + hall.random();
  const text = optionsText(hall, hop.endpoint, flow, branch);
  hall.probes.set(name, { hop: name, branch, flow, text, isOver: false });
  hall.send(flow, text, branch);
  // Of addresses that are gone nothing is kept.
  for (const other of hall.probes.keys())
    if (hall.upstream.hop(other) === undefined) hall.probes.delete(other);
}

const byBranch = (hall: Hall, branch: string): Probe | undefined => {
  for (const probe of hall.probes.values()) if (probe.branch === branch) return probe;
  return undefined;
};

/** Whether a response is to a probe: any at all tells that the PBX is there, and a repeated one no more than that. */
export function probeAnswered(hall: Hall, branch: string, response: SipMessage): boolean {
  const sent = byBranch(hall, branch);
  if (sent === undefined) return false;
  if (sent.isOver) return true;
  sent.isOver = true;
  const hop = hall.upstream.hop(sent.hop);
  hop?.heard();
  if (hop !== undefined && response.status === 503) rest(hall, hop, response);
  told(hall, sent.hop, true, '');
  return true;
}

/** Whether it was a probe that could not leave. */
export function probeNotSent(hall: Hall, ref: string, reason: string): boolean {
  const sent = byBranch(hall, ref);
  if (sent === undefined) return false;
  if (sent.isOver) return true;
  sent.isOver = true;
  told(hall, sent.hop, false, `it can not be reached (${reason})`);
  return true;
}

/** Nothing has come of a probe: who is suspected stays so until the next one, and who is down is tried last. */
export function probeFailed(hall: Hall, name: string, isDown: boolean): void {
  const hop = hall.upstream.hop(name);
  if (hop === undefined) return;
  hop.isDown = isDown;
  if (hop.suspectUntil > 0) hop.suspect(hall.now);
}

const told = (hall: Hall, hop: string, isUp: boolean, reason: string): void =>
  void hall.out.push({ kind: 'probed', hop, isUp, reason });

/** §8.1.1: all that a request must have; §11.1: what we can do is not asked, so it says nothing of it. */
function optionsText(hall: Hall, endpoint: string, flow: Flow, branch: string): string {
  const { host, port } = hall.own.advertised(flow, 'upstream');
  const own = hostPort(host, port);
  const pbx = hall.upstream.endpoint(endpoint);
  const at = hostPort(pbx?.host ?? flow.address, pbx?.port);
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
