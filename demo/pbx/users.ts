import { type Binding, contactKey, liveBindings } from './registrar.ts';

export interface PbxUser {
  name: string;
  password: string;
}

/** The users of the PBX and what each has registered. */
export class Users {
  readonly #passwords: ReadonlyMap<string, string>;
  readonly #bindings = new Map<string, Binding[]>();

  constructor(users: readonly PbxUser[]) {
    this.#passwords = new Map(users.map(({ name, password }) => [name, password]));
  }

  has(user: string): boolean {
    return this.#passwords.has(user);
  }

  passwordOf(user: string): string | undefined {
    return this.#passwords.get(user);
  }

  /** What the user has registered and is not yet over, oldest first. */
  live(user: string, now: number): Binding[] {
    return liveBindings(this.#bindings.get(user) ?? [], now);
  }

  replace(user: string, bindings: Binding[]): void {
    this.#bindings.set(user, bindings);
  }

  /** Forgets one contact of the user, or all; gives those that were forgotten. */
  drop(user: string, contact: string | undefined, now: number): Binding[] {
    const key = contact === undefined ? undefined : contactKey(contact);
    const live = this.live(user, now);
    const dropped = live.filter((b) => contact === undefined || contactKey(b.contact) === key);
    this.replace(
      user,
      live.filter((binding) => !dropped.includes(binding)),
    );
    return dropped;
  }
}
