/** What the story reads of the proxy's `GET /v1/bindings`. */
export interface BindingsJson {
  readonly bindings: readonly { readonly aor: string; readonly contacts: readonly StoredContact[] }[];
}

export interface StoredContact {
  /** As the phone wrote it. */
  readonly uri: string;
  readonly expiresInSeconds: number;
}

export function contactsOf(store: BindingsJson, aor: string): readonly StoredContact[] {
  return store.bindings.filter((binding) => binding.aor === aor).flatMap(({ contacts }) => contacts);
}
