import type { Sections } from './resource-text.ts';

/** Resources that keep a rule and such that break it, and nothing else; `broken` says at which field. */
export interface RuleCase {
  readonly rule: string;
  readonly keep: readonly Case[];
  readonly broken: readonly (Case & { readonly path: string; readonly found: string })[];
}

export interface Case {
  readonly sections?: Sections;
  readonly name?: string;
}

export const on = (...listeners: string[]): string => `[${listeners.join(', ')}]`;

const secured = (transport: string, port: number, rest: string): string =>
  `{name: secure, transport: ${transport}, port: ${port}, tls: {certificateSecretRef: {name: sip-tls}${rest}}}`;

/** A listener of TLS; `rest` is put into its tls section. */
export const tls = (port: number, rest = ''): string => secured('TLS', port, rest);
const wss = (port: number, rest = ''): string => secured('WSS', port, rest);
const ws = (port: number, rest = ''): string => `{name: ws, transport: WS, port: ${port}${rest}}`;

const UDP = '{name: udp}';
const upstream = (endpoint: string, rest = ''): string =>
  `{endpoints: [{name: pbx, host: 192.0.2.20, ${endpoint}}]${rest}}`;

export const TRANSPORT_RULE_CASES: readonly RuleCase[] = [
  {
    rule: 'a listener of transport TLS, WS or WSS needs its port named, for 5060 is that of UDP and TCP; 5061 is usual for TLS, 443 for WSS and 80 for WS',
    keep: [{ sections: { listeners: on(UDP, tls(5061)) } }, { sections: { listeners: on(UDP, ws(80)) } }],
    broken: [
      {
        sections: { listeners: on(UDP, tls(5060)) },
        path: 'spec.listeners[1].port',
        found: '5060 (integer)',
      },
      {
        sections: { listeners: on(UDP, '{name: ws, transport: WS}') },
        path: 'spec.listeners[1].port',
        found: '5060 (integer)',
      },
      {
        sections: { listeners: on(UDP, wss(5060)) },
        path: 'spec.listeners[1].port',
        found: '5060 (integer)',
      },
    ],
  },
  {
    rule: 'a listener of transport TLS or WSS needs tls, where its certificate is named, and no other has it; add the section or leave it out',
    keep: [{ sections: { listeners: on(UDP, wss(443)) } }],
    broken: [
      {
        sections: { listeners: on(UDP, '{name: t, transport: TLS, port: 5061}') },
        path: 'spec.listeners[1].tls',
        found: 'nothing',
      },
      {
        sections: { listeners: on(UDP, ws(80, ', tls: {certificateSecretRef: {name: sip-tls}}')) },
        path: 'spec.listeners[1].tls',
        found: 'a map',
      },
    ],
  },
  {
    rule: "a listener's webSocket is for transport WS or WSS only; leave it out or set one of these transports",
    keep: [
      {
        sections: {
          listeners: on(UDP, ws(80, ', webSocket: {path: /sip, allowedOrigins: ["https://a.test:8443"]}')),
        },
      },
    ],
    broken: [
      {
        sections: { listeners: on('{name: udp, webSocket: {}}') },
        path: 'spec.listeners[0].webSocket',
        found: 'a map',
      },
    ],
  },
  {
    rule: 'tls.caSecretRef names whose client certificates are taken, so it is there exactly where tls.clientCertificates is not None; set both or none',
    keep: [
      {
        sections: {
          listeners: on(UDP, tls(5061, ', clientCertificates: Require, caSecretRef: {name: sip-tls}')),
        },
      },
    ],
    broken: [
      {
        sections: { listeners: on(UDP, tls(5061, ', clientCertificates: Request')) },
        path: 'spec.listeners[1].tls.caSecretRef',
        found: 'nothing',
      },
      {
        sections: { listeners: on(UDP, tls(5061, ', caSecretRef: {name: phones}')) },
        path: 'spec.listeners[1].tls.caSecretRef',
        found: 'a map',
      },
    ],
  },
  {
    rule: 'upstream.tls is for endpoints of transport TLS or WSS, or of one that DNS chooses; leave it out or set one of these transports',
    keep: [
      { sections: { upstream: upstream('transport: WSS, port: 443', ', tls: {verify: CaOnly}') } },
      { sections: { upstream: '{endpoints: [{name: pbx, host: pbx.test}], tls: {verify: CaOnly}}' } },
    ],
    broken: [
      {
        sections: { upstream: upstream('port: 5070', ', tls: {serverName: pbx.test}') },
        path: 'spec.upstream.tls',
        found: 'a map',
      },
    ],
  },
  {
    rule: 'upstream.webSocket is for endpoints of transport WS or WSS; leave it out or set one of these transports',
    keep: [{ sections: { upstream: upstream('transport: WS, port: 8088', ', webSocket: {path: /ws}') } }],
    broken: [
      {
        sections: { upstream: upstream('port: 5070', ', webSocket: {path: /ws}') },
        path: 'spec.upstream.webSocket',
        found: 'a map',
      },
    ],
  },
];
