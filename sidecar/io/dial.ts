import { connect as connectTcp, isIP, isIPv6, type Socket } from 'node:net';
import { connect as connectTls, type PeerCertificate, type SecureContext } from 'node:tls';
import { domainIdentities, isOfDomain, readAltNames } from '../wire/domain-identity.ts';
import type { Flow } from '../wire/flow.ts';
import { prepareSocket, streamChannel } from './channel.ts';
import type { Dial } from './connections.ts';
import { openWebSocket } from './web-socket-dial.ts';

/** What the PBX must prove before anything is sent to it. `CaOnly`: that an authority knows it, whatever its name. */
export type Verify = 'Full' | 'CaOnly' | 'None';

/** How the PBX is spoken to where it is encrypted, and over WebSocket. */
export interface UpstreamLink {
  /** Whom we trust, and the certificate that we show if the PBX asks for one. */
  readonly context: SecureContext;
  readonly verify: Verify;
  /** The domain that its certificate must be of, whatever it is reached by. */
  readonly serverName: string | undefined;
  /** Of its WebSocket. */
  readonly path: string;
}

export interface DialOptions {
  /** Live. */
  readonly limits: { readonly maxMessageBytes: number };
  readonly link: () => UpstreamLink;
  /** The host by which an address is known: in the resource or, for a hop that the PBX has named, by that name; undefined where it is known by none. */
  readonly hostAt: (address: string) => string | undefined;
}

/** Opens connections towards others. */
export function createDial({ limits, link, hostAt }: DialOptions): Dial {
  return (flow, localAddress) => {
    const { transport, address } = flow;
    const to = { flow, from: sameVersion(localAddress, address) };
    const host = hostAt(address);
    switch (transport) {
      case 'UDP':
        return undefined;
      case 'TCP':
        return streamChannel(openTcp(to), limits.maxMessageBytes, 'connect');
      case 'TLS':
        // Whom the PBX has named by address alone must have a certificate of that address.
        return streamChannel(openTls(to, link(), host), limits.maxMessageBytes, 'secureConnect');
      case 'WS':
        // RFC 7118 §5: a page can't be called, and only the PBX is a server of WebSockets that we know.
        return host === undefined
          ? undefined
          : openWebSocket(flow, { host, path: link().path, ...limits }, () => openTcp(to));
      case 'WSS':
        return host === undefined
          ? undefined
          : openWebSocket(flow, { host, path: link().path, ...limits }, () => openTls(to, link(), host));
    }
  };
}

interface Target {
  readonly flow: Flow;
  readonly from: string | undefined;
}

const sameVersion = (local: string | undefined, address: string): string | undefined =>
  local !== undefined && isIPv6(local) === isIPv6(address) ? local : undefined;

const placeOf = ({ flow: { address, port }, from }: Target) => ({
  host: address,
  port,
  ...(from !== undefined && { localAddress: from }),
});

function openTcp(target: Target): Socket {
  const socket = connectTcp(placeOf(target));
  prepareSocket(socket);
  return socket;
}

function openTls(
  target: Target,
  { context, verify, serverName }: UpstreamLink,
  host: string | undefined,
): Socket {
  const name = serverName ?? host ?? target.flow.address;
  const socket = connectTls({
    ...placeOf(target),
    secureContext: context,
    // RFC 5922 §7.8; a literal address is no name (RFC 6066 §3).
    servername: isIP(name) === 0 ? name : '',
    rejectUnauthorized: verify !== 'None',
    checkServerIdentity: (_host, certificate) =>
      verify === 'Full' ? identityFault(certificate, name) : undefined,
  });
  prepareSocket(socket);
  return socket;
}

/** RFC 5922 §7.3: the domain that is meant must be among the identities of the certificate that the server shows. */
function identityFault({ subject, subjectaltname }: PeerCertificate, name: string): Error | undefined {
  const identities = domainIdentities(readAltNames(subjectaltname ?? ''), commonNameOf(subject));
  if (isOfDomain(identities, name)) return undefined;
  const found = identities.length === 0 ? 'of no domain' : `of ${identities.slice(0, 10).join(', ')}`;
  const message = `its certificate is ${found}, and not of ${name} (RFC 5922); set upstream.tls.serverName to the name that it has, or give it another certificate`;
  return Object.assign(new Error(message), { code: 'CERT_WRONG_NAME' });
}

const commonNameOf = (subject: PeerCertificate['subject'] | undefined): string | undefined =>
  typeof subject?.CN === 'string' ? subject.CN : undefined;
