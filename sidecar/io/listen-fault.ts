import type { ListenerConfig } from '../config.ts';
import { hostPort } from '../wire/flow.ts';

/** A listener that can't be opened: which one, why, and what to do about it. */
export interface ListenFault {
  readonly listener: string;
  readonly code: string;
  readonly message: string;
}

const ADVICE: Readonly<Record<string, string>> = {
  EADDRINUSE:
    'another socket holds this address and port: stop the program that has it, or choose another port',
  EACCES: 'this user may not bind it: choose a port from 1024 up, or grant the capability to bind lower ones',
  EPERM: 'this user may not bind it: choose a port from 1024 up, or grant the capability to bind lower ones',
  EADDRNOTAVAIL:
    "the address is none of this machine's: choose one that is, or 0.0.0.0 or :: for all of them",
  EAFNOSUPPORT: 'this machine has no such address family: use the other one, or switch IPv6 on',
  EINVAL: "the address can't be listened on: choose one of this machine's, or 0.0.0.0 or :: for all of them",
};

/** Words the error of a failed bind for the person who wrote the resource. */
export function listenFault(config: ListenerConfig, error: NodeJS.ErrnoException): ListenFault {
  const code = error.code ?? 'UNKNOWN';
  const where = `${config.transport} ${hostPort(config.address, config.port)}`;
  const why = ADVICE[code] ?? error.message;
  return {
    listener: config.name,
    code,
    message: `listener ${config.name}: cannot listen on ${where} (${code}): ${why}`,
  };
}

export function isListenFault(opened: object): opened is ListenFault {
  return 'code' in opened && 'message' in opened && 'listener' in opened;
}
