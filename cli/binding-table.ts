import { renderSeconds, renderTable } from './table.ts';

/** What `GET /v1/bindings` tells of one contact, as far as the table shows it. */
export interface ContactView {
  readonly uri: string;
  readonly expiresInSeconds: number;
  readonly transport: string | null;
  readonly remote: string | null;
  readonly foreign: boolean;
  /** Whether a MESSAGE could leave for it now; false where the connection it came by is gone. */
  readonly reachable: boolean;
  readonly upstream: string;
  /** ISO 8601 */
  readonly acceptedAt: string;
}

export interface AorView {
  readonly aor: string;
  readonly contacts: readonly ContactView[];
}

/** One page of the answer of `GET /v1/bindings`; `next` is where the following page begins, if there is one. */
export interface BindingsPage {
  readonly bindings: readonly AorView[];
  readonly next?: string;
}

const HEAD = ['AOR', 'CONTACT', 'EXPIRES', 'FLOW', 'UPSTREAM', 'SINCE'];

const flowOf = ({ foreign, transport, remote, reachable }: ContactView): string => {
  if (foreign) return 'foreign';
  return `${transport} ${remote}${reachable ? '' : ' (gone)'}`;
};

const rowOf = (aor: string, contact: ContactView): string[] => [
  aor,
  contact.uri,
  renderSeconds(contact.expiresInSeconds),
  flowOf(contact),
  contact.upstream,
  contact.acceptedAt,
];

/** Reads the answer of `GET /v1/bindings`; undefined if it is something else. */
export function readBindings(body: unknown): BindingsPage | undefined {
  const bindings = (body as { bindings?: unknown } | null)?.bindings;
  if (!Array.isArray(bindings)) return undefined;
  const isView = (each: Partial<AorView> | null): boolean =>
    typeof each?.aor === 'string' && Array.isArray(each.contacts);
  return bindings.every(isView) ? (body as BindingsPage) : undefined;
}

/** The bindings as lines: one row a contact, by address of record. */
export function renderBindings(aors: readonly AorView[]): string[] {
  const rows = aors
    .toSorted((a, b) => (a.aor < b.aor ? -1 : 1))
    .flatMap(({ aor, contacts }) => contacts.map((contact) => rowOf(aor, contact)));
  return rows.length === 0 ? ['nobody is registered'] : renderTable(HEAD, rows);
}
