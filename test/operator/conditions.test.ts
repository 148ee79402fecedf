import { describe, expect, it } from 'vitest';
import { type ConditionType, type Finding, type Found, findingsOf } from '../../operator/conditions.ts';
import { found, pod, report, upstreams } from './fronts.ts';

const of = (type: ConditionType, all: Found): Finding =>
  findingsOf(all).find((each) => each.type === type) as Finding;
const says = (type: ConditionType, all: Found): string => `${of(type, all).status} ${of(type, all).reason}`;
const answering = (wish: Parameters<typeof report>[0]): Partial<Found> => ({
  proxies: [{ pod: 'office-midreg-1', report: report(wish) }],
});
const secure = {
  listeners: [
    { name: 'udp' },
    { name: 'tls', transport: 'TLS', port: 5061, tls: { certificateSecretRef: { name: 'sip-tls' } } },
  ],
};
const token = { registration: { tokenSecretRef: { name: 'office-token' } } };

describe('a front with which all is well', () => {
  it('has every condition, and is ready', () => {
    expect(findingsOf(found()).map(({ type, status }) => `${type} ${status}`)).toEqual([
      'Accepted True',
      'ResolvedRefs True',
      'Programmed True',
      'Available True',
      'UpstreamReachable True',
      'Ready True',
      'Reconciling False',
      'Stalled False',
    ]);
  });
});

describe.each<readonly [what: string, type: ConditionType, says: string, all: Found]>([
  ['a spec that can not be carried out', 'Accepted', 'False Invalid', found({ faults: ['no'] })],
  ['a spec that can not be carried out', 'Stalled', 'True Invalid', found({ faults: ['no'] })],
  ['a definition of another version', 'Accepted', 'True CRDDiffers', found({ crdDiffers: true })],
  ['a Secret that is in use', 'ResolvedRefs', 'True Resolved', found({}, token)],
  [
    'a Secret that is missing',
    'ResolvedRefs',
    'False SecretNotUsable',
    found(answering({ tokenKeyFault: 'it is missing' }), token),
  ],
  ['Secrets of certificates that are in use', 'ResolvedRefs', 'True Resolved', found({}, secure)],
  [
    'a Secret of certificates that is broken',
    'ResolvedRefs',
    'False SecretNotUsable',
    found(answering({ certificateFault: 'tls.key of Secret sip-tls is missing' }), secure),
  ],
  ['a Secret of which no proxy tells', 'ResolvedRefs', 'Unknown NoProxy', found({ proxies: [] }, token)],
  ['a refusal of the API server', 'Programmed', 'False NotApplied', found({ refusals: ['quota'] })],
  ['a refusal for good', 'Stalled', 'True NotApplied', found({ refusals: ['taken'], refusedForGood: true })],
  [
    'a load balancer that is waited for',
    'Programmed',
    'False AddressPending',
    found({ resolved: { addresses: [], pending: [{ sentence: 'none yet', needsPod: false }] } }),
  ],
  [
    'an address that comes with the pod',
    'Programmed',
    'False Rolling',
    found({
      rolledOut: false,
      resolved: { addresses: [], pending: [{ sentence: 'none yet', needsPod: true }] },
    }),
  ],
  ['pods that are being replaced', 'Reconciling', 'True Rolling', found({ rolledOut: false })],
  [
    'a configuration on its way',
    'Programmed',
    'False ConfigPending',
    found(answering({ configHash: 'old' })),
  ],
  [
    'a configuration that the proxy refuses',
    'Programmed',
    'False ConfigRefused',
    found(answering({ configHash: 'old', refusal: 'port' })),
  ],
  [
    'a proxy that does not answer',
    'Programmed',
    'False ConfigPending',
    found({ proxies: [{ pod: 'x', report: undefined }] }),
  ],
  ['no pod that is ready', 'Available', 'False NoPodReady', found({ pods: [pod({ ready: false })] })],
  [
    'a pod that can not start',
    'Available',
    'False PodTrouble',
    found({ pods: [pod({ ready: false, trouble: 'ImagePullBackOff' })] }),
  ],
  [
    'pods that may not even be made',
    'Available',
    'False PodTrouble',
    found({ pods: [], proxies: [], rolledOut: false, deploymentTrouble: 'exceeded quota' }),
  ],
  ['nothing asked for', 'Available', 'False ScaledToZero', found({ pods: [], proxies: [] }, { replicas: 0 })],
  ['nothing asked for', 'Reconciling', 'False Settled', found({ pods: [], proxies: [] }, { replicas: 0 })],
  ['a PBX that does not answer', 'UpstreamReachable', 'False NoAnswer', found(answering(upstreams('Down')))],
  [
    'a PBX at two endpoints of which one does not answer',
    'UpstreamReachable',
    'True PartlyAnswers',
    found(answering(upstreams('Up', 'Down'))),
  ],
  [
    'a PBX at two endpoints of which none answers',
    'UpstreamReachable',
    'False NoAnswer',
    found(answering(upstreams('Down', 'Down'))),
  ],
  [
    'a PBX at two endpoints of which one is not known yet',
    'UpstreamReachable',
    'Unknown NotKnownYet',
    found(answering(upstreams('Unknown', 'Down'))),
  ],
  [
    'a PBX that is not probed',
    'UpstreamReachable',
    'Unknown NotProbed',
    found({}, { upstream: { endpoints: [{ name: 'pbx', host: '192.0.2.20' }], probe: { method: 'None' } } }),
  ],
  [
    'a PBX of which nothing is known yet',
    'Ready',
    'Unknown NotKnownYet',
    found(answering({ upstreams: [] })),
  ],
])('%s', (_, type, told, all) => {
  it(`shows as ${type} ${told}`, () => {
    expect(says(type, all)).toBe(told);
    expect(of(type, all).message).not.toBe('');
  });
});

describe('a PBX that does not answer', () => {
  const told = (fault: string): string => {
    const down = { name: 'pbx', host: 'pbx.test', port: 5061, state: 'Down', since: undefined } as const;
    const upstreams = [{ ...down, addresses: 1, addressesUp: 0, fault }];
    return of('UpstreamReachable', found(answering({ upstreams }))).message;
  };

  it('is told of with what is known of why', () => {
    expect(told('its certificate has expired')).toContain(
      'pbx.test:5061 answers no OPTIONS: its certificate has expired; is the PBX running',
    );
    expect(told('')).toContain('pbx.test:5061 answers no OPTIONS; is the PBX running');
  });
});

describe('Ready', () => {
  it('needs no answer of a PBX that is not probed', () => {
    const probe = {
      upstream: { endpoints: [{ name: 'pbx', host: '192.0.2.20' }], probe: { method: 'None' } },
    };
    expect(says('Ready', found({}, probe))).toBe('True Ready');
  });

  it('says again what the first condition says that does not hold', () => {
    const all = found({ refusals: ['the quota is used up'], pods: [] });
    expect(of('Ready', all)).toMatchObject({
      status: 'False',
      reason: 'NotApplied',
      message: 'the quota is used up',
    });
  });
});
