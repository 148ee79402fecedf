import type { PbxEvent, PbxListener } from './pbx/event.ts';
import { Switchboard } from './pbx/switchboard.ts';
import { type PbxUser, Users } from './pbx/users.ts';
import { openSipSocket } from './wire/socket.ts';

export type { PbxEvent, PbxListener, PbxUser };

export interface DemoPbxOptions {
  /** An IPv4 address of this machine. */
  address: string;
  /** 0 takes a free one. */
  port: number;
  /** The SIP domain it serves, also its digest realm. */
  domain: string;
  users: PbxUser[];
  maxContactsPerUser: number;
  /** The longest expiry it grants, whatever a phone asks for. */
  grantedExpiresSeconds: number;
  /** Default 300. */
  nonceLifetimeSeconds?: number;
  /** Milliseconds since 1970, default the machine's clock. */
  now?: () => number;
}

/** A contact as the PBX sees it: behind a proxy, what the proxy made of the phone's own. */
export interface PbxBinding {
  user: string;
  contact: string;
  expiresInSeconds: number;
}

export interface DemoPbx {
  address: string;
  port: number;
  domain: string;
  /** Live bindings of one user or of all, oldest first. */
  bindings(user?: string): PbxBinding[];
  /** Forgets one contact of a user, or all of them, as an administrator would; gives how many went. */
  drop(user: string, contact?: string): number;
  /** Adds a listener; the result takes it off again. */
  onEvent(listener: PbxListener): () => void;
  close(): Promise<void>;
}

/**
 * Starts a small PBX on UDP/IPv4: registrar with digest, contact limit and shortened expiry, call routing between
 * its users, and, like many PBXs, no SIP MESSAGE at all (405). Rejects when it cannot bind.
 */
export async function startDemoPbx(options: DemoPbxOptions): Promise<DemoPbx> {
  const { address, port, domain, users: userList } = options;
  const now = options.now ?? Date.now;
  const users = new Users(userList);
  const listeners = new Set<PbxListener>();
  const note = (event: PbxEvent) => {
    for (const listener of listeners) listener(event);
  };
  const socket = await openSipSocket({ address, port }, (message) => {
    if (message.method === undefined) switchboard.receiveResponse(message);
    else switchboard.receiveRequest(message);
  });
  const nonceLifetimeSeconds = options.nonceLifetimeSeconds ?? 300;
  const switchboard = new Switchboard(socket, { ...options, users, nonceLifetimeSeconds, now, note });

  const bindingsOf = (user: string): PbxBinding[] =>
    users.live(user, now()).map(({ contact, expiresAt }) => ({
      user,
      contact,
      expiresInSeconds: Math.ceil((expiresAt - now()) / 1000),
    }));

  return {
    address,
    port: socket.local.port,
    domain,
    bindings: (user) => (user === undefined ? userList.map(({ name }) => name) : [user]).flatMap(bindingsOf),
    drop: (user, contact) => {
      const dropped = users.drop(user, contact, now());
      for (const binding of dropped) note({ kind: 'dropped', user, contact: binding.contact });
      return dropped.length;
    },
    onEvent: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: () => socket.close(),
  };
}
