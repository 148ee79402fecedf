import { formatHostPort, type HostPort } from '../cli/host-port.ts';
import type { Hop } from './wire/hop.ts';

export interface GuideOptions {
  /** What a person types for the command: `bin/midreg`, or `midreg`. */
  command: string;
  domain: string;
  visitor: { name: string; password: string };
  resident: string;
  proxy: Hop;
  /** This machine's address in its network, if it has one. */
  lanAddress: string | undefined;
  admin: HostPort;
  /** The resource that the proxy follows. */
  file: string;
}

/** How a visitor points a phone of their own at the demo, and what there is to see. */
export function guide(options: GuideOptions): string[] {
  const { command, domain, visitor, resident, proxy, admin } = options;
  const at = formatHostPort({ host: proxy.address, port: proxy.port });
  const adminAt = formatHostPort(admin);
  return [
    'Your turn: point a phone of your own at it, such as a softphone on this machine.',
    `    user        ${visitor.name}`,
    `    password    ${visitor.password}`,
    `    domain      ${domain}`,
    `    server      ${proxy.address}   (phones also call it proxy or outbound proxy)`,
    `    port        ${proxy.port}`,
    '    transport   UDP or TCP',
    `  ${resident} is online: call ${resident}, or send a message, which is answered by one.`,
    '  As a line of the file `accounts` of baresip:',
    `    <sip:${visitor.name}@${domain}>;auth_pass=${visitor.password};outbound="sip:${at}"`,
    ...lanLines(options),
    '',
    'And look inside:',
    `    ${command} bindings --watch --admin ${adminAt}`,
    `    ${command} status --admin ${adminAt}`,
    `    http://${adminAt}/metrics and http://${adminAt}/v1/bindings`,
    '',
    'It serves until Ctrl-C. What happens from here on:',
  ];
}

function lanLines({ lanAddress, proxy, file }: GuideOptions): string[] {
  if (lanAddress === undefined) return [];
  return [
    `  For a phone elsewhere in your network add this line to \`listeners\` in ${file}; it takes effect`,
    `  as you save it, and the phone's server is then ${lanAddress}:`,
    `    - {name: lan, transport: UDP, address: ${lanAddress}, port: ${proxy.port}}`,
  ];
}
