import { networkInterfaces } from 'node:os';
import { DEFAULTS, DOMAIN, type PbxOptions, secretOf } from './peers/pbx.ts';

/** Loaded in this order; all that Asterisk needs to register phones and connect their calls. */
const MODULES = [
  'res_sorcery_config',
  'res_sorcery_memory',
  'res_sorcery_astdb',
  'res_timing_timerfd',
  'res_rtp_asterisk',
  'res_pjproject',
  'res_pjsip',
  'res_pjsip_session',
  'res_pjsip_sdp_rtp',
  'res_pjsip_pubsub',
  'res_pjsip_registrar',
  'res_pjsip_path',
  'res_pjsip_authenticator_digest',
  'res_pjsip_endpoint_identifier_user',
  'res_pjsip_caller_id',
  'res_pjsip_nat',
  'res_pjsip_messaging',
  'res_pjsip_dlg_options',
  'res_pjsip_logger',
  'chan_pjsip',
  'codec_ulaw',
  'codec_alaw',
  'bridge_simple',
  'bridge_native_rtp',
  'app_dial',
  'res_clioriginate',
  'app_echo',
  'pbx_config',
  'func_pjsip_aor',
];

/** What the media of a phone in a browser needs besides: keys by DTLS, and the key store that they are made with. */
const WEB_MODULES = ['res_crypto', 'res_srtp'];

/** What it takes WebSockets by. */
const WEBSOCKET_MODULES = ['res_http_websocket', 'res_pjsip_transport_websocket'];

/** Its HTTP server, whose /ws is the WebSocket. */
const http = (address: string, port: number): string =>
  `[general]\nenabled=yes\nbindaddr=${address}\nbindport=${port}\n`;

/** `home` holds all that it writes and reads for itself; both paths are inside the chroot. */
const directories = (home: string, modules: string): string =>
  [
    '[directories]',
    `astetcdir => ${home}/etc`,
    `astmoddir => ${modules}`,
    'astdatadir => /usr/share/asterisk',
    `astrundir => ${home}/run`,
    `astlogdir => ${home}/log`,
    ...['varlib', 'db', 'key', 'agi', 'spool', 'cache'].map((name) => `ast${name}dir => ${home}/var`),
    '',
  ].join('\n');

const transports = (address: string, port: number): string =>
  ['udp', 'tcp']
    .map((protocol) => `[${protocol}]\ntype=transport\nprotocol=${protocol}\nbind=${address}:${port}\n`)
    .join('');

const endpoint = (user: string, address: string, options: Required<PbxOptions>, isWeb: boolean) => `
[${user}]
type=endpoint
context=phones
message_context=messages
disallow=all
allow=ulaw,alaw
auth=${user}
aors=${user}
direct_media=no
media_address=${address}
bind_rtp_to_media_address=yes
callerid=${user} <${user}>
from_domain=${DOMAIN}
${isWeb ? 'webrtc=yes\ndtls_auto_generate_cert=yes\n' : ''}[${user}]
type=auth
auth_type=digest
username=${user}
password=${secretOf(user)}
[${user}]
type=aor
max_contacts=${options.maxContacts}
minimum_expiration=${options.minimumExpires}
maximum_expiration=${options.maximumExpires}
support_path=yes
`;

/** To a browser it names the addresses of the machine's network as where its voice is, although that is elsewhere. */
const voice = (address: string): string => {
  const own = Object.values(networkInterfaces())
    .flatMap((each) => each ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal);
  return ['[ice_host_candidates]', ...own.map((each) => `${each.address} => ${address}`), ''].join('\n');
};

/**
 * How a call to a user is dialled. `Contacts`: all contacts ring, but Asterisk leaves their Path aside, as it then knows
 * them only as URIs. `Endpoint`: one contact rings, by its Path.
 */
export type Dialling = 'Contacts' | 'Endpoint';

const DESTINATION: Readonly<Record<Dialling, string>> = {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: Asterisk's own variables.
  Contacts: '${PJSIP_DIAL_CONTACTS(${EXTEN})}',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the same.
  Endpoint: 'PJSIP/${EXTEN}',
};

/** Users call each other by name; `echo` answers by itself. */
const dialplan = (dialling: Dialling): string => `[phones]
exten => echo,1,Answer()
 same => n,Echo()
exten => _u.,1,Dial(${DESTINATION[dialling]},30)
 same => n,Hangup()
[messages]
`;

export interface AsteriskOptions extends PbxOptions {
  readonly address?: string;
  readonly dialling?: Dialling;
  /** Those of its users whose phone is in a browser. */
  readonly webUsers?: readonly string[];
  /** Whether it takes WebSockets, and reaches whoever registers by one over that one alone. */
  readonly webSocket?: boolean;
}

/** The configuration files by name. */
export function asteriskFiles(
  home: string,
  modules: string,
  address: string,
  port: number,
  options: AsteriskOptions,
  webSocketPort = 0,
): Readonly<Record<string, string>> {
  const all = { ...DEFAULTS, ...options };
  const { webUsers = [], webSocket = false } = options;
  const loaded = [
    ...(webUsers.length === 0 ? [] : WEB_MODULES),
    ...MODULES,
    ...(webSocket ? WEBSOCKET_MODULES : []),
  ];
  const endpoints = all.users.map((user) =>
    endpoint(user, address, all, webUsers.includes(user)).replace(
      'type=endpoint\n',
      `type=endpoint\n${webSocket ? 'rewrite_contact=yes\n' : ''}`,
    ),
  );
  const ws = webSocket ? `[ws]\ntype=transport\nprotocol=ws\nbind=${address}:${webSocketPort}\n` : '';
  return {
    'asterisk.conf': directories(home, modules),
    'modules.conf': ['[modules]', 'autoload=no', ...loaded.map((name) => `load=${name}.so`), ''].join('\n'),
    'logger.conf': '[general]\n[logfiles]\nconsole => notice,warning,error\n',
    // debug: every SIP message is told on the console.
    'pjsip.conf': `[global]\ntype=global\ndebug=yes\n${transports(address, port)}${ws}${endpoints.join('')}`,
    ...(webUsers.length > 0 && { 'rtp.conf': voice(address) }),
    ...(webSocket && { 'http.conf': http(address, webSocketPort) }),
    'extensions.conf': dialplan(options.dialling ?? 'Contacts'),
  };
}
