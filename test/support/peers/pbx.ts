/** What a user's phone and the PBX both know. */
export const secretOf = (user: string): string => `${user}-secret`;

/** The domain of all users in the tests. */
export const DOMAIN = 'pbx.test';

export const aorOf = (user: string): string => `${user}@${DOMAIN}`;

/** Where the real PBXs listen: another loopback address than the phones', as theirs would be another host. */
export const PBX_ADDRESS = '127.0.0.2';

export interface PbxOptions {
  readonly users?: readonly string[];
  /** How many contacts a user may have. */
  readonly maxContacts?: number;
  /** What is granted at most; what is less than the least is raised or refused, as the PBX does it. */
  readonly maximumExpires?: number;
  readonly minimumExpires?: number;
}

export const DEFAULTS: Required<PbxOptions> = {
  users: ['u1', 'u2', 'u3', 'u4'],
  maxContacts: 1,
  maximumExpires: 300,
  minimumExpires: 30,
};

/** A contact as the PBX holds it. */
export interface PbxContact {
  readonly user: string;
  readonly uri: string;
  /** The value of its Path header; '' without one. */
  readonly path: string;
}

/** A real PBX, as its phones and its administrator see it. */
export interface Pbx {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  /** The request lines of the requests with this method that it has received. */
  received(method: string): readonly string[];
  contacts(): Promise<readonly PbxContact[]>;
}
