import { hostPort } from '../wire/flow.ts';
import type { BoundListener } from './listeners.ts';
import type { Log } from './log.ts';

/** That a proxy serves from now on, and where; `read` says what an earlier process has left it. */
export function noteStart(log: Log, listeners: readonly BoundListener[], read: string): void {
  for (const { name, transport, address, port } of listeners)
    log.note({
      level: 'info',
      event: 'listening',
      reason: `${name}: ${transport} ${hostPort(address, port)}`,
    });
  log.note({ level: 'info', event: 'ready', reason: read });
}

export function noteLeftOut(log: Log, bindings: number): void {
  log.note({
    level: 'error',
    event: 'bindings left out',
    reason: `store.maxBindings leaves no room for ${bindings}`,
  });
}
