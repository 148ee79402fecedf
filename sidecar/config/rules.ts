import type { Endpoint, Listener } from '../../crds/midregistrar.ts';
import { isFree, plainPort, plainTransport } from './endpoint.ts';
import { canonicalHost, ipVersion, isIp, isLoopback, isUnspecified } from './formats.ts';
import { at, type Rule } from './rule.ts';
import { isWebSocket, transportRules } from './transport-rules.ts';

const nameIsALabel: Rule = {
  message:
    'metadata.name must be a DNS label of at most 48 characters (a-z, 0-9 and - inside), for other names are made of it',
  reads: ['metadata'],
  breaches: ({ metadata: { name } }) =>
    name.length <= 48 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name) ? [] : [at(['metadata', 'name'], name)],
};

const domainsDiffer: Rule = {
  message: 'domains are the same whatever their case; name each once',
  reads: ['domains'],
  breaches: ({ spec: { domains } }) =>
    domains.flatMap((domain, index) => {
      const isAgain = domains.findIndex((other) => other.toLowerCase() === domain.toLowerCase()) < index;
      return isAgain ? [at(['spec', 'domains', index], domain)] : [];
    }),
};

/** Tells the field of each endpoint that breaks a rule; the host where the field has been left out. */
const endpointsThat =
  (
    field: 'host' | 'transport',
    isBroken: (endpoint: Endpoint, listeners: readonly Listener[]) => boolean,
  ): Rule['breaches'] =>
  ({ spec: { upstream, listeners } }) =>
    upstream.endpoints.flatMap((endpoint, index) => {
      if (!isBroken(endpoint, listeners)) return [];
      const told = endpoint[field] === undefined ? 'host' : field;
      return [at(['spec', 'upstream', 'endpoints', index, told], endpoint[told])];
    });

const endpointHasAListener: Rule = {
  message:
    "the endpoint's transport needs a listener of that transport, for the PBX reaches phones through it; add one or change the endpoint's transport",
  reads: ['upstream', 'listeners'],
  breaches: endpointsThat(
    'transport',
    (endpoint, listeners) =>
      !isWebSocket(plainTransport(endpoint)) &&
      listeners.every(({ transport }) =>
        isFree(endpoint) ? isWebSocket(transport) : transport !== plainTransport(endpoint),
      ),
  ),
};

const endpointHasAListenerOfItsVersion: Rule = {
  message:
    "the endpoint's address needs a listener of its transport and IP version; add one with an address of that version",
  reads: ['upstream', 'listeners'],
  breaches: endpointsThat('host', (endpoint, listeners) => {
    const { host } = endpoint;
    const same = listeners.filter(({ transport }) => transport === plainTransport(endpoint));
    return (
      isIp(host) && same.length > 0 && same.every(({ address }) => ipVersion(address) !== ipVersion(host))
    );
  }),
};

const endpointIsAddressable: Rule = {
  message:
    'an endpoint\'s host must be an address that can be sent to, not "all addresses"; name the PBX\'s own',
  reads: ['upstream', 'listeners'],
  breaches: endpointsThat('host', ({ host }) => host === '0.0.0.0' || host === '::'),
};

const listensOn = (address: string, host: string): boolean => {
  if (!isIp(host))
    return host.toLowerCase() === 'localhost' && (isUnspecified(address) || isLoopback(address));
  if (canonicalHost(address) === canonicalHost(host)) return true;
  return isUnspecified(address) && isLoopback(host) && ipVersion(address) === ipVersion(host);
};

const endpointIsNoListener: Rule = {
  message:
    "the endpoint is one of this proxy's own listeners, and a proxy that fronts itself loops; give one of them another port or address",
  reads: ['upstream', 'listeners'],
  breaches: endpointsThat('host', (endpoint, listeners) =>
    listeners.some(({ address, port }) => port === plainPort(endpoint) && listensOn(address, endpoint.host)),
  ),
};

const endpointIsNotAdvertised: Rule = {
  message:
    "the endpoint is an address that this proxy advertises as its own, and a proxy that fronts itself loops; name the PBX's own address",
  reads: ['upstream', 'listeners'],
  breaches: endpointsThat('host', (endpoint, listeners) =>
    listeners.some(({ port, advertised }) =>
      [advertised?.phones, advertised?.upstream].some(
        (address) =>
          address?.host.toLowerCase() === endpoint.host.toLowerCase() &&
          (address.port ?? port) === plainPort(endpoint),
      ),
    ),
  ),
};

const advertisedIsAddressable: Rule = {
  message: 'an advertised host must be an address that others can send to, not "all addresses"; name one',
  reads: ['listeners'],
  breaches: ({ spec }) =>
    spec.listeners.flatMap(({ advertised }, index) =>
      (['phones', 'upstream'] as const).flatMap((side) => {
        const host = advertised?.[side]?.host;
        const path = ['spec', 'listeners', index, 'advertised', side, 'host'];
        return host === '0.0.0.0' || host === '::' ? [at(path, host)] : [];
      }),
    ),
};

const isSameSocket = (a: Listener, b: Listener): boolean =>
  (a.transport === 'UDP') === (b.transport === 'UDP') &&
  a.port === b.port &&
  ipVersion(a.address) === ipVersion(b.address) &&
  (canonicalHost(a.address) === canonicalHost(b.address) ||
    isUnspecified(a.address) ||
    isUnspecified(b.address));

const listenersDiffer: Rule = {
  message:
    'two listeners of one port need different addresses, neither of them "all addresses", unless just one of them is of transport UDP; give one another port or address',
  reads: ['listeners'],
  breaches: ({ spec: { listeners } }) =>
    listeners.flatMap((listener, index) =>
      listeners.slice(0, index).some((other) => isSameSocket(listener, other))
        ? [at(['spec', 'listeners', index, 'port'], listener.port)]
        : [],
    ),
};

const minExpiresIsNotAboveMax: Rule = {
  message:
    'registration.minExpiresSeconds must not exceed registration.maxExpiresSeconds; lower the one or raise the other',
  reads: ['registration'],
  breaches: ({ spec: { registration } }) =>
    registration.minExpiresSeconds <= registration.maxExpiresSeconds
      ? []
      : [at(['spec', 'registration', 'minExpiresSeconds'], registration.minExpiresSeconds)],
};

const bodyFitsMessage: Rule = {
  message:
    'messaging.maxBytes must not exceed security.maxMessageBytes, for a body is a part of its message; lower the one or raise the other',
  reads: ['messaging', 'security'],
  breaches: ({ spec: { messaging, security } }) =>
    messaging.maxBytes <= security.maxMessageBytes
      ? []
      : [at(['spec', 'messaging', 'maxBytes'], messaging.maxBytes)],
};

const datagramFitsMessage: Rule = {
  message:
    'messaging.maxUdpBytes must not exceed security.maxMessageBytes, for nothing larger is read; lower the one or raise the other',
  reads: ['messaging', 'security'],
  breaches: ({ spec: { messaging, security } }) =>
    messaging.maxUdpBytes <= security.maxMessageBytes
      ? []
      : [at(['spec', 'messaging', 'maxUdpBytes'], messaging.maxUdpBytes)],
};

const probeEndsBeforeTheNext: Rule = {
  message:
    'upstream.probe.timeoutSeconds must be below upstream.probe.intervalSeconds, for one probe ends before the next; lower the one or raise the other',
  reads: ['upstream'],
  breaches: ({ spec: { upstream } }) =>
    upstream.probe.timeoutSeconds < upstream.probe.intervalSeconds
      ? []
      : [at(['spec', 'upstream', 'probe', 'timeoutSeconds'], upstream.probe.timeoutSeconds)],
};

const oneReplicaAtMost: Rule = {
  message:
    'replicas must be 0 or 1, for replicas do not share their bindings yet; run a second front as a resource of its own',
  reads: ['replicas'],
  breaches: ({ spec: { replicas } }) => (replicas <= 1 ? [] : [at(['spec', 'replicas'], replicas)]),
};

const claimNeedsADurableStore: Rule = {
  message:
    'store.volume.type PersistentVolumeClaim needs store.type Durable, for nothing is written otherwise; set the one or leave out the other',
  reads: ['store'],
  breaches: ({ spec: { store } }) =>
    store.type === 'Durable' || store.volume.type === 'EmptyDir'
      ? []
      : [at(['spec', 'store', 'volume', 'type'], store.volume.type)],
};

const loadBalancerIsOne: Rule = {
  message: 'exposure.loadBalancer is for exposure.type LoadBalancer only; leave it out or set that type',
  reads: ['exposure'],
  breaches: ({ spec: { exposure } }) =>
    exposure.type === 'LoadBalancer' || exposure.loadBalancer === undefined
      ? []
      : [at(['spec', 'exposure', 'loadBalancer'], exposure.loadBalancer)],
};

const nodePortHasAService: Rule = {
  message:
    "a listener's nodePort is for exposure.type NodePort or LoadBalancer; leave it out or set one of these types",
  reads: ['exposure', 'listeners'],
  breaches: ({ spec: { exposure, listeners } }) =>
    listeners.flatMap(({ nodePort }, index) =>
      exposure.type === 'ClusterIP' && nodePort !== undefined
        ? [at(['spec', 'listeners', index, 'nodePort'], nodePort)]
        : [],
    ),
};

export const rules: readonly Rule[] = [
  nameIsALabel, // names of directories and of Kubernetes objects are made of it
  domainsDiffer, // a second spelling serves nobody, and hides which one is meant
  endpointIsAddressable, // the system would send to itself
  endpointHasAListener, // the PBX's own requests would find no way in
  endpointHasAListenerOfItsVersion, // a socket sends only to addresses of its own version
  endpointIsNoListener, // a proxy that fronts itself loops until Max-Forwards
  endpointIsNotAdvertised, // the same, by the name that others know us by
  listenersDiffer, // the second could not be opened
  advertisedIsAddressable, // the PBX would call itself
  minExpiresIsNotAboveMax, // no registration would be right
  bodyFitsMessage, // the promise could not be kept
  datagramFitsMessage, // the same
  probeEndsBeforeTheNext, // two probes under way would tell different things
  oneReplicaAtMost, // a second one would not know who registered with the first
  claimNeedsADurableStore, // the volume would stay empty
  loadBalancerIsOne, // it would ask nobody
  nodePortHasAService, // no node would listen
  ...transportRules,
];
