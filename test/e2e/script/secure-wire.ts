import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:tls';
import { WebSocket } from 'ws';
import type { Stage } from '../../support/peers/stage.ts';
import { type Address, closing, readMessages, type Wire } from './wire.ts';

/** By what a phone knows that it has reached whom it meant to. */
export interface Trust {
  /** The authorities that it trusts, in PEM. */
  readonly authority: string;
  /** The name that it calls. */
  readonly serverName: string;
}

export interface SecureWire extends Wire {
  /** The SHA-256 of the certificate that it was shown, as openssl writes it. */
  readonly shown: string;
}

/** A TLS connection to `to`; rejects where the other end does not prove who it is. */
export async function tlsWire(
  stage: Stage,
  to: Address,
  { authority, serverName }: Trust,
): Promise<SecureWire> {
  const socket = connect({ host: to.address, port: to.port, ca: authority, servername: serverName });
  stage.onClose(() => void socket.destroy());
  await once(socket, 'secureConnect');
  socket.on('error', () => {});
  const { localAddress = '', localPort = 0 } = socket;
  return {
    transport: 'TLS',
    address: localAddress,
    port: localPort,
    shown: socket.getPeerCertificate().fingerprint256,
    send: (text) => void socket.write(text, 'latin1'),
    onMessage: (listener) => readMessages(socket, listener),
    closed: closing(socket),
    close: () => void socket.destroy(),
  };
}

/** A WebSocket over TLS to `to` (RFC 7118), as a program opens it, or a page of `origin`. */
export async function wssWire(
  stage: Stage,
  to: Address,
  { authority, serverName }: Trust,
  origin?: string,
): Promise<Wire> {
  const options = { ca: authority, servername: serverName, ...(origin !== undefined && { origin }) };
  const socket = new WebSocket(`wss://${to.address}:${to.port}/`, 'sip', options);
  stage.onClose(() => socket.terminate());
  const upgraded = once(socket, 'upgrade');
  await Promise.all([once(socket, 'open'), upgraded]);
  const [{ socket: below }] = await upgraded;
  socket.on('error', () => {});
  const { address, port } = below.address() as AddressInfo;
  return {
    transport: 'WSS',
    address,
    port,
    send: (text) => socket.send(text),
    onMessage: (listener) => {
      socket.on('message', (data: Buffer) => {
        const text = data.toString('latin1');
        if (text.includes('\r\n\r\n')) listener(text, (answer) => socket.send(answer), to);
      });
    },
    closed: closing(socket),
    close: () => socket.terminate(),
  };
}
