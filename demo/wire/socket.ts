import { createSocket } from 'node:dgram';
import { type Hop, stampVia } from './hop.ts';
import { readMessage, type SipMessage, writeMessage } from './message.ts';

/** A bound UDP socket that speaks SIP messages. */
export interface SipSocket {
  local: Hop;
  send(message: SipMessage, to: Hop): void;
  close(): Promise<void>;
}

/**
 * Binds a UDP socket (`port` 0 takes a free one) and hands on each readable message with its source; datagrams
 * that are no SIP are dropped. Requests arrive with `received` and `rport` filled in. Rejects when it cannot bind.
 */
export async function openSipSocket(
  bind: Hop,
  onMessage: (message: SipMessage, source: Hop) => void,
): Promise<SipSocket> {
  const socket = createSocket('udp4');
  const { promise: listening, resolve, reject } = Promise.withResolvers<void>();
  socket.once('error', reject);
  socket.bind(bind.port, bind.address, resolve);
  await listening;
  socket.off('error', reject);
  // A peer that has gone may be reported here; SIP's own timers notice it, so there is nothing to do.
  socket.on('error', () => {});
  let open = true;
  socket.on('message', (datagram, remote) => {
    const message = readMessage(datagram);
    if (message === undefined) return;
    const source = { address: remote.address, port: remote.port };
    if (message.method !== undefined) stampVia(message.headers.via[0], source);
    onMessage(message, source);
  });
  return {
    local: { address: bind.address, port: socket.address().port },
    send: (message, to) => {
      if (open) socket.send(writeMessage(message), to.port, to.address, () => {});
    },
    close: () => {
      if (!open) return Promise.resolve();
      open = false;
      return new Promise((closed) => socket.close(closed));
    },
  };
}
