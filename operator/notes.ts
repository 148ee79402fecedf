import type { MidRegistrarStatus } from '../crds/midregistrar.ts';

/** What is told of a front as an event. */
export interface Note {
  readonly type: 'Normal' | 'Warning';
  /** One word in CamelCase. */
  readonly reason: string;
  /** What was being done, one word in CamelCase. */
  readonly action: string;
  /** A sentence. */
  readonly text: string;
}

type Condition = NonNullable<MidRegistrarStatus['conditions']>[number];

/** How a condition's change to True and away from it is told; those that are not named are told by others or not at all. */
const STORIES: Readonly<Record<string, { readonly gained: string; readonly lost: string }>> = {
  Accepted: { gained: 'Accepted', lost: 'InvalidSpec' },
  ResolvedRefs: { gained: 'RefsResolved', lost: 'RefsNotResolved' },
  Programmed: { gained: 'Programmed', lost: 'NotProgrammed' },
  Available: { gained: 'Available', lost: 'NotAvailable' },
  UpstreamReachable: { gained: 'UpstreamUp', lost: 'UpstreamDown' },
  Ready: { gained: 'Ready', lost: 'NotReady' },
};

/** Losses that are the ordinary course of a change; they are told when they have passed. */
const ORDINARY = new Set([
  'ConfigPending',
  'Rolling',
  'NoPodReady',
  'NotKnownYet',
  'NoProxy',
  'ScaledToZero',
]);

/** What has changed from one status to the next, as people would tell it. */
export function storyOf(former: MidRegistrarStatus | undefined, next: MidRegistrarStatus): readonly Note[] {
  const notes = (next.conditions ?? []).flatMap((condition) => noteOf(condition, before(former, condition)));
  // With the first status everything is new.
  if (former === undefined || next.address === undefined || next.address === former.address) return notes;
  const text = `phones reach it at ${next.address}`;
  return [{ type: 'Normal', reason: 'AddressAssigned', action: 'Resolve', text }, ...notes];
}

const before = (former: MidRegistrarStatus | undefined, { type }: Condition): Condition | undefined =>
  former?.conditions?.find((condition) => condition.type === type);

function noteOf(condition: Condition, was: Condition | undefined): Note[] {
  const { type, status, reason, message } = condition;
  const story = STORIES[type];
  if (story === undefined) return [];
  if (status === 'True') {
    // That nothing was ever wrong is no news.
    const isNews = was === undefined ? type === 'Ready' : was.status !== 'True';
    return isNews ? [{ type: 'Normal', reason: story.gained, action: 'Observe', text: message }] : [];
  }
  const isSame = was?.status === status && was.reason === reason;
  // Ready says again what another condition says.
  if (isSame || ORDINARY.has(reason) || status !== 'False' || type === 'Ready') return [];
  return [{ type: 'Warning', reason: story.lost, action: 'Observe', text: message }];
}
