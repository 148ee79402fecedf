import { beforeAll, beforeEach } from 'vitest';
import { availability, type PeerName } from './availability.ts';

/**
 * The tests of this file need `peers`. Where one is missing each of them is skipped, with what is missing and how to
 * get it; else `prepare` runs before the first.
 */
export function withPeers(
  peers: readonly PeerName[],
  prepare: () => Promise<void> = () => Promise.resolve(),
): void {
  const missing = peers.map(availability).find((peer) => !peer.ok);
  beforeAll(async () => {
    if (missing === undefined) await prepare();
  });
  beforeEach((context) => {
    if (missing !== undefined) context.skip(`${missing.what}: ${missing.how}`);
  });
}
