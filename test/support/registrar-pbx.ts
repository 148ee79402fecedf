import { hostPort } from '../../sidecar/wire/flow.ts';
import { Header } from '../../sidecar/wire/header.ts';
import type { SipMessage } from '../../sidecar/wire/message.ts';
import { parseUri } from '../../sidecar/wire/uri.ts';
import { parseNameAddr } from '../../sidecar/wire/value.ts';
import { Party } from './parties.ts';

interface Registered {
  readonly uri: string;
  readonly path: readonly string[];
}

/** A PBX that registers whoever asks and, where it is to, is the proxy between its users (RFC 3261 §16), staying in their dialogs. */
export class RegistrarPbx extends Party {
  isProxy = false;
  readonly #users = new Map<string, Registered>();
  #branch = 0;

  /** Takes over what has come and is a registrar's or a proxy's to do; whether it did anything. */
  takesOver(): boolean {
    const mine = this.inbox.filter((message) => message.method === 'REGISTER' || this.isProxy);
    for (const message of mine) {
      this.inbox.splice(this.inbox.indexOf(message), 1);
      if (message.method === 'REGISTER') this.#registers(message);
      else if (message.isRequest) this.#forwards(message);
      else this.#passesBack(message);
    }
    return mine.length > 0;
  }

  /** What a user's phone is called by. */
  contactOf(user: string): Registered {
    const found = this.#users.get(user);
    if (found === undefined) throw new Error(`${user} is not registered at the PBX`);
    return found;
  }

  #registers(message: SipMessage): void {
    const contact = message.value(Header.Contact) as string;
    const path = message.list(Header.Path);
    const user = /sips?:([^@]+)@/.exec(message.to()?.uri ?? '')?.[1] ?? '';
    this.#users.set(user, { uri: parseNameAddr(contact)?.uri ?? '', path });
    this.answers(message, 200, [`Contact: ${contact};expires=600`, ...path.map((value) => `Path: ${value}`)]);
  }

  /** §16.4 to §16.6, with Record-Route for all that may open a dialog. */
  #forwards(request: SipMessage): void {
    const own = `${hostPort(this.flow.address)}:${this.flow.port}`;
    let routes = request.list(Header.Route);
    if (routes[0]?.includes(`${own};`) || routes[0]?.includes(`${own}>`)) routes = routes.slice(1);
    const uri = parseUri(request.requestUri);
    let target = request.requestUri;
    if (uri?.kind === 'sip' && uri.host === 'pbx.test') {
      const registered = this.contactOf(uri.user ?? '');
      target = registered.uri;
      routes = registered.path;
    }
    this.leadsHere(parseNameAddr(routes[0] ?? '')?.uri ?? target);
    const lines: string[] = [];
    for (let line = 0; line < request.lineCount; line++)
      if (request.lineId(line) !== Header.Route)
        lines.push(request.text.slice(request.lineStart(line), request.lineEnd(line)));
    const route = routes.map((value) => `Route: ${value}\r\n`).join('');
    const record =
      request.method === 'INVITE' ? `Record-Route: <${this.scheme}:${own}${this.uriParams};lr>\r\n` : '';
    const via = `Via: SIP/2.0/${this.flow.transport} ${own};branch=z9hG4bKpbx${++this.#branch}\r\n`;
    this.sends(
      `${request.method} ${target} SIP/2.0\r\n${via}${record}${route}${lines.join('')}\r\n${request.body}`,
    );
  }

  #passesBack(response: SipMessage): void {
    const [, ...others] = response.list(Header.Via);
    const lines: string[] = [];
    for (let line = 0; line < response.lineCount; line++)
      if (response.lineId(line) !== Header.Via)
        lines.push(response.text.slice(response.lineStart(line), response.lineEnd(line)));
    const vias = others.map((via) => `Via: ${via}\r\n`).join('');
    this.sends(
      `SIP/2.0 ${response.status} ${response.reason}\r\n${vias}${lines.join('')}\r\n${response.body}`,
    );
  }
}
