import { createSocket } from 'node:dgram';
import { connect, isIPv6 } from 'node:net';
import type { HostPort } from '../../config.ts';

/** What comes of asking: what the reader made of an answer, or that there was none. */
export type Exchanged<T> = T | 'silent' | 'refused';

/** Reads an answer; undefined for what is none, so that the true one is still waited for. */
export type Read<T> = (bytes: Buffer) => T | undefined;

type Lookup = (
  host: string,
  options: unknown,
  callback: (error: null, address: string, family: number) => void,
) => void;

const literal: Lookup = (host, _options, callback) => callback(null, host, isIPv6(host) ? 6 : 4);

/**
 * Asks by one datagram and waits for its answer. RFC 5452 §9.2: each from a port of its own, which the system chooses at
 * random; the socket is connected, so that only datagrams from the server's address and port are heard at all, and the
 * system tells when nobody listens there.
 */
export function askByDatagram<T>(
  server: HostPort,
  question: Buffer,
  read: Read<T>,
  timeoutMs: number,
): Promise<Exchanged<T>> {
  return new Promise((resolve) => {
    const socket = createSocket({ type: isIPv6(server.host) ? 'udp6' : 'udp4', lookup: literal as never });
    let isOver = false;
    const end = (outcome: Exchanged<T>): void => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      socket.close();
      resolve(outcome);
    };
    const timer = setTimeout(() => end('silent'), timeoutMs);
    socket.on('error', () => end('refused'));
    socket.on('message', (bytes) => {
      const answer = read(bytes);
      if (answer !== undefined) end(answer);
    });
    socket.connect(server.port, server.host, () => {
      if (!isOver) socket.send(question, (error) => error && end('refused'));
    });
  });
}

/** The same over a connection, for answers too large for a datagram (RFC 7766 §8: two bytes of length before each message). */
export function askByStream<T>(
  server: HostPort,
  question: Buffer,
  read: Read<T>,
  timeoutMs: number,
): Promise<Exchanged<T>> {
  return new Promise((resolve) => {
    const socket = connect({ host: server.host, port: server.port });
    let received = Buffer.alloc(0);
    const end = (outcome: Exchanged<T>): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(outcome);
    };
    const timer = setTimeout(() => end('silent'), timeoutMs);
    socket.on('error', () => end('refused'));
    socket.on('close', () => end('silent'));
    socket.on('connect', () => {
      const length = Buffer.alloc(2);
      length.writeUInt16BE(question.length);
      socket.write(Buffer.concat([length, question]));
    });
    socket.on('data', (chunk) => {
      // One answer is all that is asked for: 65,537 bytes at most.
      received = Buffer.concat([received, chunk]);
      if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return;
      end(read(received.subarray(2, 2 + received.readUInt16BE(0))) ?? 'refused');
    });
  });
}
