/** What the PBX tells whoever watches it, as it happens. */
export type PbxEvent =
  | { kind: 'registered'; user: string; contacts: number }
  | { kind: 'refused'; method: string; from: string; status: number; reason: string }
  | { kind: 'forwarded'; method: string; callId: string; to: string }
  | { kind: 'dropped'; user: string; contact: string };

export type PbxListener = (event: PbxEvent) => void;
