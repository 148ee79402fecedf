import { expect } from 'vitest';
import { uriTransport } from '../../sidecar/proxy/own.ts';
import { type Flow, hostPort, transportParam } from '../../sidecar/wire/flow.ts';
import { Header } from '../../sidecar/wire/header.ts';
import type { SipMessage } from '../../sidecar/wire/message.ts';
import { parseUri } from '../../sidecar/wire/uri.ts';
import { parseNameAddr, parseVia } from '../../sidecar/wire/value.ts';
import { read } from './sip-text.ts';
import { ALL_LISTENERS, PBX_PORT } from './transports.ts';
import type { World } from './world.ts';

let serial = 0;

/** What a proxy may change in a request on its way (RFC 3261 §16.6); all else has to arrive as it left. */
const CHANGED: ReadonlySet<number> = new Set([
  Header.Via,
  Header.MaxForwards,
  Header.Route,
  Header.RecordRoute,
]);

/** The lines of a message that nobody on the way has any business with, and its body. */
export function kept(message: SipMessage, changed: ReadonlySet<number> = CHANGED): string[] {
  const lines: string[] = [];
  for (let line = 0; line < message.lineCount; line++)
    if (!changed.has(message.lineId(line)))
      lines.push(message.text.slice(message.lineStart(line), message.lineEnd(line)));
  return [...lines, message.body];
}

/** One side of a dialog as a user agent keeps it (RFC 3261 §12). */
export interface Dialog {
  readonly callId: string;
  readonly local: string;
  readonly remote: string;
  readonly target: string;
  readonly routes: readonly string[];
}

/** A phone, or the PBX, which speaks to the proxy over one flow and obeys the RFC in all that it does there. */
export class Party {
  readonly world: World;
  readonly flow: Flow;
  readonly contact: string;
  readonly sentBy: string;
  readonly scheme: 'sip' | 'sips';
  readonly uriParams: string;
  /** What has come and not been looked at. */
  readonly inbox: SipMessage[] = [];
  #cseq = 0;

  constructor(world: World, flow: Flow, user: string, scheme: 'sip' | 'sips' = 'sip') {
    this.world = world;
    this.flow = flow;
    const isWeb = flow.transport === 'WS' || flow.transport === 'WSS';
    // RFC 7118 §5: a browser knows no address of its own.
    this.sentBy = isWeb ? `${user}x${flow.port}.invalid` : hostPort(flow.address, flow.port);
    this.scheme = scheme;
    // A sips: URI has said TLS already (§26.2.2).
    this.uriParams = scheme === 'sips' && !isWeb ? '' : transportParam(flow.transport);
    this.contact = `${scheme}:${user}@${this.sentBy}${this.uriParams}`;
  }

  /** Whether something that leaves over that flow comes here. No stream to a phone may be opened: it has to be the very one. */
  isReachedBy({ transport, listener, address, port, connection }: Flow): boolean {
    const { flow } = this;
    if (transport !== flow.transport || listener !== flow.listener) return false;
    if (connection > 0) return connection === flow.connection;
    const isAddressed = address === flow.address && port === flow.port;
    return isAddressed && (transport === 'UDP' || flow.port === PBX_PORT);
  }

  sends(text: string): void {
    this.world.receives(this.flow, text);
  }

  /** The one message of that method or status that has come. */
  takes(wanted: string | number): SipMessage {
    const at = this.inbox.findIndex((message) =>
      message.isRequest ? message.method === wanted : message.status === wanted,
    );
    const [found] = at < 0 ? [] : this.inbox.splice(at, 1);
    if (found === undefined)
      throw new Error(
        `${this.contact} has no ${wanted} but ${this.inbox.map(({ text }) => text).join('\n')}`,
      );
    return found;
  }

  via(): string {
    return `Via: SIP/2.0/${this.flow.transport} ${this.sentBy};branch=z9hG4bKp${++serial};rport\r\n`;
  }

  /** Sends a new request; what is given as headers and body is checked where it arrives. */
  asks(
    method: string,
    uri: string,
    from: string,
    headers: readonly string[],
    body = '',
    to = uri,
  ): SipMessage {
    const text =
      `${method} ${uri} SIP/2.0\r\n${this.via()}Max-Forwards: 70\r\n` +
      `From: <${from}>;tag=t${++serial}\r\nTo: <${to}>\r\nCall-ID: c${serial}@${this.sentBy}\r\n` +
      `CSeq: ${++this.#cseq} ${method}\r\n${headers.map((line) => `${line}\r\n`).join('')}` +
      `Content-Length: ${body.length}\r\n\r\n${body}`;
    this.sends(text);
    return read(text);
  }

  /** The To of a REGISTER is whom it is for (§10.2). */
  registers(user: string): SipMessage {
    const aor = `${this.scheme}:${user}@pbx.test`;
    return this.asks('REGISTER', `${this.scheme}:pbx.test`, aor, [`Contact: <${this.contact}>`], '', aor);
  }

  /** Answers a request along its Vias, as a user agent (§8.2.6). */
  answers(request: SipMessage, status: number, headers: readonly string[] = []): string {
    const to = request.value(Header.To) as string;
    const tag = to.includes(';tag=') || status === 100 ? '' : `;tag=u${++serial}`;
    this.sends(
      `SIP/2.0 ${status} Answer\r\n` +
        request
          .list(Header.Via)
          .map((via) => `Via: ${via}\r\n`)
          .join('') +
        request
          .list(Header.RecordRoute)
          .map((route) => `Record-Route: ${route}\r\n`)
          .join('') +
        `From: ${request.value(Header.From)}\r\nTo: ${to}${tag}\r\nCall-ID: ${request.callId()}\r\n` +
        `CSeq: ${request.value(Header.CSeq)}\r\n${headers.map((line) => `${line}\r\n`).join('')}` +
        'Content-Length: 0\r\n\r\n',
    );
    return to + tag;
  }

  /**
   * §12.2.1.1: a request within a dialog. Where it goes is what its route set says (§8.1.2), and that has to be the listener
   * that this one is at: one that knows no flows goes there by the URI alone.
   */
  says(method: string, dialog: Dialog, more: readonly string[] = [], cseq = ++this.#cseq): SipMessage {
    this.leadsHere(parseNameAddr(dialog.routes[0] ?? `<${dialog.target}>`)?.uri ?? '');
    const text =
      `${method} ${dialog.target} SIP/2.0\r\n${this.via()}Max-Forwards: 70\r\n` +
      dialog.routes.map((route) => `Route: ${route}\r\n`).join('') +
      `From: ${dialog.local}\r\nTo: ${dialog.remote}\r\nCall-ID: ${dialog.callId}\r\n` +
      `CSeq: ${cseq} ${method}\r\n${more.map((line) => `${line}\r\n`).join('')}Content-Length: 0\r\n\r\n`;
    this.sends(text);
    return read(text);
  }

  /** Whether a URI of the proxy's names the listener that this party speaks to, transport and all. */
  leadsHere(text: string): void {
    const uri = parseUri(text);
    const listener = ALL_LISTENERS.find(({ name }) => name === this.flow.listener);
    const asked = uri?.kind === 'sip' ? uriTransport(uri) : undefined;
    // RFC 7118 §5.2: ws is both WebSockets.
    const transport = asked === 'WS' && this.flow.transport === 'WSS' ? 'WSS' : asked;
    const { host, port } = { host: '', port: 0, ...uri };
    expect({ text, transport, host, port }).toEqual({
      text,
      transport: this.flow.transport,
      ...listener?.bound,
    });
  }

  get cseq(): number {
    return this.#cseq;
  }
}

const targetOf = (message: SipMessage): string =>
  parseNameAddr(message.value(Header.Contact) ?? '')?.uri ?? '';

/** §12.1.2: the caller's side, from the 2xx. */
export const callerDialog = (ok: SipMessage): Dialog => ({
  callId: ok.callId(),
  local: ok.value(Header.From) as string,
  remote: ok.value(Header.To) as string,
  target: targetOf(ok),
  routes: [...ok.list(Header.RecordRoute)].reverse(),
});

/** §12.1.1: the callee's side, from the INVITE and the To that it answered with. */
export const calleeDialog = (invite: SipMessage, to: string): Dialog => ({
  callId: invite.callId(),
  local: to,
  remote: invite.value(Header.From) as string,
  target: targetOf(invite),
  routes: invite.list(Header.RecordRoute),
});

/** Hands what the proxy has sent to whom it leads; fails where that is nobody, or where its Via does not say how it goes. */
export function settle(world: World, parties: readonly Party[], pbx: { takesOver(): boolean }): void {
  for (let isMore = true; isMore; isMore = pbx.takesOver() || isMore) {
    isMore = false;
    for (const { flow, message } of world.sent()) {
      isMore = true;
      const party = parties.find((one) => one.isReachedBy(flow));
      if (party === undefined) throw new Error(`${JSON.stringify(flow)} leads to nobody:\n${message.text}`);
      if (message.isRequest) checkVia(message, flow);
      if (message.status !== 100) party.inbox.push(message);
    }
  }
}

/** §18.1.1: transport and sent-by are those of the listener that it goes by. */
function checkVia(message: SipMessage, flow: Flow): void {
  const via = parseVia(message.value(Header.Via) ?? '');
  const listener = ALL_LISTENERS.find(({ name }) => name === flow.listener);
  expect(via).toMatchObject({ transport: flow.transport, ...listener?.bound });
}

/** The Route values of a request; all lead onwards, none to us. */
export function foreignRoutes(message: SipMessage): readonly string[] {
  const own = new Set(ALL_LISTENERS.map(({ bound }) => bound.host));
  const routes = message.list(Header.Route);
  for (const route of routes) {
    const uri = parseUri(parseNameAddr(route)?.uri ?? '');
    expect(uri?.kind === 'sip' && own.has(uri.host), `${route} is ours`).toBe(false);
  }
  return routes;
}
