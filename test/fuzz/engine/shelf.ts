import { isDeepStrictEqual } from 'node:util';
import type { Binding } from '../../../sidecar/registrar/binding.ts';
import { Location } from '../../../sidecar/registrar/location.ts';
import { must } from '../target.ts';

/** So few that they run full now and then, and that most lie as text. */
const MOST_BINDINGS = 40;
const MOST_WARM = 2;

/** The store of a run, and beside it what was last put into it. */
export class Shelf {
  readonly location = new Location(MOST_BINDINGS, MOST_WARM);
  readonly #put = new Map<string, readonly Binding[]>();

  replace(aor: string, bindings: readonly Binding[]): 'ok' | 'full' {
    const outcome = this.location.replace(aor, bindings);
    if (outcome === 'ok') this.#put.set(aor, bindings);
    return outcome;
  }

  find(by: 'aor' | 'token', key: string): readonly Binding[] {
    if (by === 'aor') return this.location.find(key);
    const one = this.location.findToken(key);
    return one === undefined ? [] : [one];
  }

  /** What has expired is taken out, as the store does. */
  sweep(now: number): void {
    for (const aor of this.location.expired(now, 200))
      this.replace(
        aor,
        this.location.find(aor).filter(({ expiresAt }) => expiresAt > now),
      );
  }

  /** It has what was put into it, its indexes agree, and it holds no more than it may. */
  judge(): void {
    let count = 0;
    for (const aor of this.location.aors()) {
      const bindings = this.location.find(aor);
      count += bindings.length;
      must(bindings.length > 0, 'an AoR without bindings is kept');
      const put = this.#put.get(aor) ?? [];
      must(
        isDeepStrictEqual(bindings.map(unbound), put.map(unbound)),
        'the store gives back what was not put into it',
      );
      for (const { token } of bindings)
        must(
          token === '' || this.location.findToken(token)?.token === token,
          'a token does not lead to its binding',
        );
    }
    must(count === this.location.bindingCount, 'the store has miscounted its bindings');
    must(count <= MOST_BINDINGS, `${count} bindings are kept`);
  }
}

/** Without the connection, which closes. */
const unbound = (binding: Binding): Binding =>
  binding.flow === undefined ? binding : { ...binding, flow: { ...binding.flow, connection: 0 } };
