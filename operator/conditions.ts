import type { Resolved } from './addresses.ts';
import type { Front } from './front.ts';
import type { PodView } from './pods.ts';
import type { AskedProxy, ProxyReport, ReportedUpstream } from './proxy-report.ts';
import { namedEntries } from './render/secrets.ts';

export type ConditionType =
  | 'Accepted'
  | 'ResolvedRefs'
  | 'Programmed'
  | 'Available'
  | 'UpstreamReachable'
  | 'Ready'
  | 'Reconciling'
  | 'Stalled';

/** What holds of a front, and why: a word for programs, a sentence for people. */
export interface Finding {
  readonly type: ConditionType;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
}

/** All that the conditions are told by. */
export interface Found {
  readonly front: Front;
  /** Why the spec can't be carried out here, as sentences. */
  readonly faults: readonly string[];
  /** What the API server, or somebody's object in our place, did not let us do. */
  readonly refusals: readonly string[];
  /** Whether waiting changes nothing about `refusals`. */
  readonly refusedForGood: boolean;
  readonly resolved: Resolved;
  readonly configHash: string;
  /** Those that are not ending. */
  readonly pods: readonly PodView[];
  /** Whether the Deployment's controller has brought all pods to the wished template. */
  readonly rolledOut: boolean;
  /** Why its pods can't even be made; empty where they can. */
  readonly deploymentTrouble: string;
  readonly proxies: readonly AskedProxy[];
  /** Whether the cluster's definition of the resource is another than this operator's. */
  readonly crdDiffers: boolean;
}

const finding = (
  type: ConditionType,
  status: Finding['status'],
  reason: string,
  message: string,
): Finding => ({ type, status, reason, message });

/** Every condition of a front, in the order in which people read them. */
export function findingsOf(found: Found): readonly Finding[] {
  const parts = [accepted(found), resolvedRefs(found), programmed(found), available(found), upstream(found)];
  return [...parts, ready(parts, found.front), reconciling(found, parts), stalled(found)];
}

function accepted({ faults, crdDiffers }: Found): Finding {
  if (faults.length > 0)
    return finding('Accepted', 'False', 'Invalid', `${faults.join('; ')}; what ran before goes on as it was`);
  if (crdDiffers)
    return finding(
      'Accepted',
      'True',
      'CRDDiffers',
      "the cluster's CustomResourceDefinition is not of this operator's version, so that some fields may be unknown to one of them; upgrade both (helm upgrade with crds.enabled=true)",
    );
  return finding('Accepted', 'True', 'Accepted', 'the spec can be carried out');
}

const answers = ({ proxies }: Found): readonly ProxyReport[] =>
  proxies.flatMap(({ report }) => (report === undefined ? [] : [report]));

function resolvedRefs(found: Found): Finding {
  const ref = found.front.spec.registration.tokenSecretRef;
  const names = [...(ref === undefined ? [] : [ref.name]), ...namedEntries(found.front.spec).keys()];
  if (names.length === 0)
    return finding('ResolvedRefs', 'True', 'NothingNamed', 'the spec names no other object');
  const reports = answers(found);
  const notUsable = (message: string): Finding =>
    finding('ResolvedRefs', 'False', 'SecretNotUsable', message);
  const fault = reports.map(({ tokenKeyFault }) => tokenKeyFault).find((each) => each !== '');
  if (ref !== undefined && fault !== undefined)
    return notUsable(
      `Secret ${ref.name}, entry ${ref.key}: ${fault}; make it with \`kubectl create secret generic ${ref.name} --from-literal=${ref.key}=$(openssl rand -hex 32)\`, and it is taken up`,
    );
  const broken = reports.map(({ certificateFault }) => certificateFault).find((each) => each !== '');
  if (broken !== undefined) return notUsable(`${broken}; what was read before stays in force`);
  if (reports.length === 0)
    return finding(
      'ResolvedRefs',
      'Unknown',
      'NoProxy',
      'no proxy runs that could say whether the Secret is there',
    );
  const all = [...new Set(names)];
  return finding(
    'ResolvedRefs',
    'True',
    'Resolved',
    all.length === 1 ? `Secret ${all[0]} is in use` : `Secrets ${all.join(', ')} are in use`,
  );
}

function programmed(found: Found): Finding {
  const { refusals, resolved, proxies, configHash, rolledOut, front } = found;
  const not = (reason: string, message: string): Finding => finding('Programmed', 'False', reason, message);
  if (refusals.length > 0) return not('NotApplied', refusals.join('; '));
  const pending = resolved.pending.filter(({ needsPod }) => !needsPod).map(({ sentence }) => sentence);
  if (pending.length > 0) return not('AddressPending', pending.join('; '));
  if (front.spec.replicas === 0) return finding('Programmed', 'True', 'Programmed', 'no proxy is asked for');
  const refusal = answers(found).find((report) => report.configHash !== configHash && report.refusal !== '');
  if (refusal !== undefined)
    return not('ConfigRefused', `the proxy keeps its former configuration: ${refusal.refusal}`);
  const trouble = troubleOf(found);
  if (!rolledOut) return not('Rolling', trouble === '' ? 'pods are being started or replaced' : trouble);
  const isTaken = proxies.length > 0 && proxies.every(({ report }) => report?.configHash === configHash);
  return isTaken
    ? finding('Programmed', 'True', 'Programmed', `the proxy runs configuration ${configHash.slice(0, 12)}`)
    : not('ConfigPending', `the proxy is to take configuration ${configHash.slice(0, 12)}`);
}

/** What stands in the way of a pod that runs, or of there being one. */
function troubleOf({ pods, deploymentTrouble }: Found): string {
  const pod = pods.find(({ trouble }) => trouble !== '');
  return pod === undefined ? deploymentTrouble : `pod ${pod.name}: ${pod.trouble}`;
}

function available(found: Found): Finding {
  const { front, pods } = found;
  const ready = pods.filter((pod) => pod.ready).length;
  if (ready > 0)
    return finding(
      'Available',
      'True',
      'PodReady',
      ready === 1 ? 'a proxy is ready' : `${ready} proxies are ready, which do not share their bindings`,
    );
  if (front.spec.replicas === 0) return finding('Available', 'False', 'ScaledToZero', 'replicas is 0');
  const trouble = troubleOf(found);
  if (trouble !== '') return finding('Available', 'False', 'PodTrouble', trouble);
  return finding('Available', 'False', 'NoPodReady', 'no proxy is ready yet');
}

function upstream(found: Found): Finding {
  const { front } = found;
  if (front.spec.upstream.probe.method === 'None')
    return finding('UpstreamReachable', 'Unknown', 'NotProbed', 'upstream.probe.method is None');
  const each = answers(found)
    .map(({ upstreams }) => upstreams)
    .filter((upstreams) => upstreams.length > 0);
  const down = each.flat().filter(({ state }) => state === 'Down');
  const silent = each.find((upstreams) => upstreams.every(({ state }) => state === 'Down'));
  if (silent !== undefined)
    return finding(
      'UpstreamReachable',
      'False',
      'NoAnswer',
      `${silent.map(silence).join(', ')}; is the PBX running, and does it know the proxy's address?`,
    );
  if (each.length > 0 && each.every((upstreams) => upstreams.some(({ state }) => state === 'Up')))
    return down.length === 0
      ? finding('UpstreamReachable', 'True', 'Answers', 'the PBX answers')
      : finding(
          'UpstreamReachable',
          'True',
          'PartlyAnswers',
          `the PBX answers, but ${down.map(silence).join(', ')}`,
        );
  return finding('UpstreamReachable', 'Unknown', 'NotKnownYet', 'no proxy has asked the PBX yet');
}

const silence = ({ host, port, since, fault }: ReportedUpstream): string => {
  const at = port === 0 ? host : `${host}:${port}`;
  return `${at} answers no OPTIONS${since === undefined ? '' : ` since ${since}`}${fault === '' ? '' : `: ${fault}`}`;
};

/** Ready needs all of them; what is not probed stands in nobody's way. */
function ready(parts: readonly Finding[], { spec }: Front): Finding {
  const missing = parts.find(({ status, reason }) => status !== 'True' && reason !== 'NotProbed');
  if (missing === undefined) return finding('Ready', 'True', 'Ready', 'the PBX is fronted');
  const { status, reason, message } = missing;
  return finding('Ready', status === 'Unknown' && spec.replicas > 0 ? 'Unknown' : 'False', reason, message);
}

/** Reasons for which something is still to come by itself. */
const UNDER_WAY = new Set([
  'Rolling',
  'ConfigPending',
  'NoPodReady',
  'NoProxy',
  'NotKnownYet',
  'AddressPending',
]);

function reconciling({ front, pods, faults, refusedForGood }: Found, parts: readonly Finding[]): Finding {
  const pending = parts.find(({ status, reason }) => status !== 'True' && UNDER_WAY.has(reason));
  const isStopped = front.spec.replicas === 0 && pods.length === 0;
  if (pending === undefined || faults.length > 0 || refusedForGood || isStopped)
    return finding('Reconciling', 'False', 'Settled', 'nothing is under way');
  return finding('Reconciling', 'True', pending.reason, pending.message);
}

function stalled({ faults, refusals, refusedForGood }: Found): Finding {
  if (faults.length > 0) return finding('Stalled', 'True', 'Invalid', faults.join('; '));
  if (refusedForGood) return finding('Stalled', 'True', 'NotApplied', refusals.join('; '));
  return finding('Stalled', 'False', 'NotStalled', 'nothing stands in the way for good');
}
