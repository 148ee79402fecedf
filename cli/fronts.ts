import type { EventView, FrontView } from '../operator/io/overview.ts';
import { printable, renderSeconds, renderTable } from './table.ts';

const HEAD = ['NAMESPACE', 'NAME', 'READY', 'UPSTREAM', 'PODS', 'ADDRESS', 'BINDINGS'];

type Condition = NonNullable<FrontView['status']['conditions']>[number];

const condition = ({ status }: FrontView, type: string): Condition | undefined =>
  status.conditions?.find((each) => each.type === type);

const rowOf = (front: FrontView): string[] => {
  const { status, pods } = front;
  return [
    front.namespace,
    front.name,
    condition(front, 'Ready')?.status ?? 'Unknown',
    status.upstream?.summary ?? '',
    `${pods.filter(({ ready }) => ready).length}/${pods.length}`,
    status.address ?? '',
    status.bindings === undefined ? '' : `${status.bindings.contacts} of ${status.bindings.aors} users`,
  ];
};

const ageOf = (at: string, now: number): string => {
  const ms = now - Date.parse(at);
  return Number.isNaN(ms) ? 'some time' : renderSeconds(ms / 1000);
};

const podLine = ({ name, ready, ending, trouble, nodeIps }: FrontView['pods'][number]): string => {
  const state = ending ? 'ending' : ready ? 'ready' : 'not ready';
  const where = nodeIps[0] === undefined ? '' : ` on ${nodeIps[0]}`;
  return `  pod ${name}: ${state}${where}${trouble === '' ? '' : `, ${trouble}`}`;
};

const eventLine = ({ at, type, reason, text }: EventView, now: number): string =>
  `  ${ageOf(at, now)} ago: ${type === 'Warning' ? 'warning, ' : ''}${reason}: ${text}`;

/** What keeps a front from being ready, its pods, and what happened to it last. */
function detailsOf(front: FrontView, now: number): string[] {
  const ready = condition(front, 'Ready');
  const why = ready !== undefined && ready.status !== 'True' ? [`  ${ready.reason}: ${ready.message}`] : [];
  return [
    `${front.namespace}/${front.name}`,
    ...why,
    ...front.pods.map(podLine),
    ...front.events.map((event) => eventLine(event, now)),
  ].map(printable);
}

/** The lines of an overview: a table of all fronts, then each in its details. `now`: in milliseconds since 1970. */
export function renderFronts(fronts: readonly FrontView[], now: number): string[] {
  if (fronts.length === 0) return ['there is no MidRegistrar; -A looks in all namespaces'];
  return [
    ...renderTable(HEAD, fronts.map(rowOf)),
    ...fronts.flatMap((front) => ['', ...detailsOf(front, now)]),
  ];
}
