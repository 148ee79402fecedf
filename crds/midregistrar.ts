// Made from crds/midregistrar.yaml by `npm run generate`: edit that file, not this one.
import type { Schema } from './schema.ts';

/* Types of a resource whose defaults have been filled in. */
/**
 * A proxy in front of a PBX. It mirrors the registrations that the PBX accepts, delivers MESSAGEs itself and passes everything else through.
 */
export interface MidRegistrar {
  /**
   * midregistrar.dev/v1.
   */
  apiVersion: string;
  /**
   * MidRegistrar.
   */
  kind: string;
  metadata: Metadata;
  spec: MidRegistrarSpec;
  status?: MidRegistrarStatus;
}
export interface Metadata {
  name: string;
}
/**
 * The PBX, who may reach it through this proxy, and how.
 */
export interface MidRegistrarSpec {
  /**
   * The SIP domains that are served, as they stand in the addresses of users, without regard to case. A request for a user of another domain is not relayed as one of ours. A change is live.
   *
   * Items: A host name or an IP address, IPv6 without brackets.
   */
  domains: string[];
  upstream: Upstream;
  /**
   * The sockets that phones and the PBX reach this proxy by. Default UDP and TCP on port 5060 of all IPv4 addresses. A change opens, reopens or closes only those listeners that it touches.
   */
  listeners: Listener[];
  registration: Registration;
  messaging: Messaging;
  store: Store;
  security: Security;
  /**
   * In Kubernetes, how many proxies run. 1, or 0 to stop it; more need a shared store, which does not exist yet. Default 1. A change starts or ends the pod.
   */
  replicas: number;
  exposure: Exposure;
  pod: Pod;
  drain: Drain;
  /**
   * In Kubernetes, Managed: a NetworkPolicy lets in SIP (from security.allowedSources and the PBX where these are named, else from everywhere) and, from within the cluster, health and metrics. None: there is none. Default None. A change is live.
   */
  networkPolicy: "Managed" | "None";
  /**
   * In Kubernetes, Auto: a ServiceMonitor makes the Prometheus Operator read the metrics, where the cluster has that kind. None: there is none. Default Auto. A change is live.
   */
  serviceMonitor: "Auto" | "None";
  /**
   * From which weight on something is logged; Debug tells of each request. `midreg run --log-level` overrides it. Default Info. A change is live.
   */
  logLevel: "Debug" | "Info" | "Warn" | "Error";
}
/**
 * The PBX.
 */
export interface Upstream {
  /**
   * Where the PBX is reached; several where it is several machines, of which any can serve any user. One that fails is passed over, for the next. Only from the addresses of its endpoints, or from upstream.sources, is a request taken as the PBX's.
   */
  endpoints: Endpoint[];
  /**
   * Networks from which requests are taken as the PBX's, beside the addresses of its endpoints; for a PBX that calls from other addresses than it is called by, as one behind a Kubernetes Service does (name the pods' network). Everybody there is believed to be the PBX. Default none. A change is live.
   *
   * Items: A network in CIDR notation, or one IP address.
   */
  sources: string[];
  probe: Probe;
  /**
   * How long the PBX may take to answer a request that is no INVITE, in seconds; then the phone is answered 504. Well under the 32 s for which a phone waits (timer F). Default 10. A change is live for requests to come.
   */
  responseTimeoutSeconds: number;
  /**
   * How a request for a sips: address, which has to have TLS on each hop, goes to the PBX and is taken from it. RequireTls: only over TLS or WSS; to an endpoint of another transport it is answered 480 with Warning 380 (RFC 5630 §5.3). Trusted: also without, for a PBX in a network that is as safe as TLS, as the same pod or machine is. Towards phones TLS or WSS is needed in any case. Default RequireTls. A change is live.
   */
  sips: "RequireTls" | "Trusted";
  tls?: UpstreamTls;
  webSocket?: UpstreamWebSocket;
  /**
   * How long an address of the PBX may leave a request without any answer before the next one is tried with it, in seconds; of account where DNS or upstream.endpoints name several. Within upstream.responseTimeoutSeconds so many are tried as fit. Default 3. A change is live for requests to come.
   */
  failoverSeconds: number;
}
/**
 * One address of the PBX.
 */
export interface Endpoint {
  /**
   * What logs, metrics and bindings call the endpoint. A change is live; bindings keep the name that they were accepted under.
   */
  name: string;
  /**
   * The PBX's host name or IP address, IPv6 without brackets. A name is looked up again when DNS says that its time is over. With TLS and WSS it is also the SIP domain that the PBX's certificate must be of, unless upstream.tls.serverName names another. A change is live.
   */
  host: string;
  /**
   * The port on which the PBX takes SIP. Default what DNS says in SRV records (RFC 3263), else 5060, for TLS 5061, for WS 80 and for WSS 443; with a port named DNS is asked for addresses alone. A change is live.
   */
  port?: number;
  /**
   * How the PBX is spoken to; a listener of the same transport is needed, but for WS and WSS, over which the PBX answers and calls by the connection that the proxy opens. Default what DNS prefers in NAPTR and SRV records (RFC 3263) of UDP, TCP and TLS, as far as there are listeners of them, else UDP; for an IP address, or with a port named, UDP. A change is live.
   */
  transport?: "UDP" | "TCP" | "TLS" | "WS" | "WSS";
  /**
   * Of several endpoints those of the lowest number are used; others where all of these have failed. Default 0. A change is live.
   */
  priority: number;
  /**
   * Its share of the users among endpoints of its priority; one of weight 0 gets hardly any while there are others. A user stays with one endpoint while it serves. Default 1. A change is live.
   */
  weight: number;
  /**
   * How requests of more than 1,300 bytes go to an endpoint of transport UDP. TCP, as RFC 3261 §18.1.1 asks, with UDP again where the endpoint refuses TCP; or UDP always. Default TCP. A change is live.
   */
  oversizeTransport: "TCP" | "UDP";
}
/**
 * How it is found out whether the PBX answers. What is found is told in status and metrics and, where the PBX has several addresses, those that are down are tried last.
 */
export interface Probe {
  /**
   * Options: an OPTIONS request is sent to each address of each endpoint, and any answer will do. None: nothing is asked, and the state is unknown. Default Options. A change is live.
   */
  method: "Options" | "None";
  /**
   * How long from one probe to the next, in seconds. Default 30. A change is live.
   */
  intervalSeconds: number;
  /**
   * How long the PBX may take to answer a probe, in seconds. Default 4. A change is live.
   */
  timeoutSeconds: number;
  /**
   * How many probes in a row must fail until an address counts as down; one answer makes it up again. Default 3. A change is live.
   */
  failureThreshold: number;
}
/**
 * What a PBX of transport TLS or WSS must prove before anything is sent to it, and what it is shown. TLS 1.2 and 1.3 are spoken.
 */
export interface UpstreamTls {
  caSecretRef?: SecretKeyRef;
  clientCertificateSecretRef?: SecretRef;
  /**
   * The SIP domain that the PBX's certificate must be of (RFC 5922), which it is also told as the name that is called (SNI). Default the endpoint's host. A change is live for connections to come.
   */
  serverName?: string;
  /**
   * What the PBX's certificate must be. Full: of a trusted authority and of the right domain. CaOnly: of a trusted authority, whatever its domain. None: anything, so that whoever stands between is believed. Default Full. A change is live for connections to come.
   */
  verify: "Full" | "CaOnly" | "None";
}
/**
 * The Secret with the authorities that are trusted, in PEM. Default those that browsers trust.
 */
export interface SecretKeyRef {
  /**
   * The Secret's name; on a single machine, the folder of that name in the folder of `midreg run --secrets`. A change is live, and in Kubernetes rolls the pod.
   */
  name: string;
  /**
   * The entry of the Secret. Default "ca.crt". A change is live, and in Kubernetes rolls the pod.
   */
  key: string;
}
/**
 * The Secret of type kubernetes.io/tls (tls.crt and tls.key) with the certificate that the PBX is shown if it asks for one. Default none.
 */
export interface SecretRef {
  /**
   * The Secret's name; on a single machine, the folder of that name in the folder of `midreg run --secrets`. A change is live, and in Kubernetes rolls the pod.
   */
  name: string;
}
/**
 * The WebSocket of a PBX of transport WS or WSS.
 */
export interface UpstreamWebSocket {
  /**
   * Its path. Default "/". A change is live for connections to come.
   */
  path: string;
}
/**
 * One socket.
 */
export interface Listener {
  /**
   * What logs, metrics and bindings call the listener. A change closes the connections of this listener.
   */
  name: string;
  /**
   * UDP, TCP, TLS (SIP over TLS), WS (SIP over WebSocket, RFC 7118) or WSS (the same over TLS). Default UDP. A change reopens this listener.
   */
  transport: "UDP" | "TCP" | "TLS" | "WS" | "WSS";
  /**
   * The local IP address to listen on, IPv6 without brackets; "0.0.0.0" is all IPv4 and "::" all IPv6 addresses. Default "0.0.0.0". A change reopens this listener.
   */
  address: string;
  /**
   * The local port. Default 5060. To be named for TLS, WS and WSS. A change reopens this listener.
   */
  port: number;
  tls?: ListenerTls;
  webSocket?: WebSocket;
  /**
   * In Kubernetes, the port of each node that leads to this listener, of the cluster's node port range (30000-32767 where it is not set otherwise). Default one that the cluster chooses. A change is live and moves the port.
   */
  nodePort?: number;
  advertised?: Advertised;
}
/**
 * What a listener of transport TLS or WSS shows its peers, and asks of them. Files that change are taken up within seconds, for connections to come; those that are open stay.
 */
export interface ListenerTls {
  certificateSecretRef: SecretRef;
  /**
   * Other certificates, for peers that call the listener by certain names (SNI). Default none. A change is live for connections to come.
   */
  sniCertificates?: SniCertificate[];
  /**
   * Whether peers are asked for a certificate. None: no. Request: yes, and one that is shown must be of an authority in caSecretRef. Require: the same, and whoever shows none is turned away. Default None. A change is live for connections to come.
   */
  clientCertificates: "None" | "Request" | "Require";
  caSecretRef?: SecretKeyRef;
  /**
   * The oldest version of TLS that is spoken. TLS12: 1.2. TLS13: 1.3. Default TLS12. A change is live for connections to come.
   */
  minimumVersion: "TLS12" | "TLS13";
}
/**
 * One name and its certificate.
 */
export interface SniCertificate {
  /**
   * The name that peers call, in lower case; "*.example.com" is each name one level below example.com. A change is live for connections to come.
   */
  name: string;
  certificateSecretRef: SecretRef;
}
/**
 * Where a listener of transport WS or WSS opens WebSockets, and for whose pages. Peers have to offer the subprotocol sip.
 */
export interface WebSocket {
  /**
   * Its path. Default "/". A change is live for connections to come.
   */
  path: string;
  /**
   * The sites whose pages may connect, as browsers write them in Origin; another is answered 403. Programs that are no browsers send no Origin and are not held by it. Default none named, which is all. A change is live for connections to come.
   *
   * Items: A scheme, a host in lower case and, where it is not the scheme's own, a port; no path.
   */
  allowedOrigins: string[];
}
/**
 * By what address others are told to reach this listener, where it is another than its own (behind NAT, a load balancer, on all addresses). Default in Kubernetes what exposure.addresses says; else its own address, or where it listens on all, the machine's first of that IP version. A change is live.
 */
export interface Advertised {
  phones?: AdvertisedAddress;
  upstream?: AdvertisedAddress;
}
/**
 * The address that phones are told (Via, Record-Route). Default as above. A change is live.
 */
export interface AdvertisedAddress {
  /**
   * A host name or an IP address, IPv6 without brackets. A change is live.
   */
  host: string;
  /**
   * Default the listener's port. A change is live.
   */
  port?: number;
}
/**
 * How REGISTERs are relayed and what is kept of the PBX's answers.
 */
export interface Registration {
  /**
   * Mirror: each REGISTER goes to the PBX and the store becomes what its 2xx says. Default Mirror. A change is live.
   */
  mode: "Mirror";
  /**
   * How calls from the PBX find back to the phone through this proxy. Contact: the PBX is shown a contact at this proxy (works with any PBX). Path: a Path header is put on top (RFC 3327; the PBX must honour it). None: nothing is put in, and the PBX calls phones directly. Default Contact. A change is live; each registration changes when it is refreshed.
   */
  insertion: "Contact" | "Path" | "None";
  /**
   * The shortest registration that may be asked for, in seconds; a REGISTER for less is answered 423 with Min-Expires. 0 lets the PBX alone decide. Default 0. A change is live for REGISTERs to come.
   */
  minExpiresSeconds: number;
  /**
   * The longest that a binding is kept, in seconds, whatever the PBX grants. Default 86400. A change is live for REGISTERs to come.
   */
  maxExpiresSeconds: number;
  /**
   * How many contacts are kept for one user; a REGISTER that would exceed it is answered 403. Default 10. A change is live for REGISTERs to come.
   */
  maxContactsPerAor: number;
  /**
   * What the contacts in the PBX's 2xx are. Complete: all of the user (RFC 3261 §10.3), so that a binding it lacks is gone. Partial: only those of this REGISTER, so that the others stay until they expire. Auto: Partial until the PBX has been seen to list others, from then on Complete, but for contacts that another endpoint has accepted. Default Auto. A change is live.
   */
  replyContacts: "Auto" | "Complete" | "Partial";
  /**
   * What is done with contacts in the PBX's 2xx that did not come through this proxy. Keep: they are kept, marked as foreign, and MESSAGEs reach them too. Ignore: they are not kept. Default Keep. A change is live for REGISTERs to come.
   */
  foreignContacts: "Keep" | "Ignore";
  /**
   * How long a phone that keeps flows (RFC 5626) may leave one without a keep-alive, in seconds; told in Flow-Timer, over UDP 29 at most, and over a stream less than security.connectionIdleSeconds. 0 tells nothing. Default 120. A change is live for REGISTERs to come.
   */
  flowTimerSeconds: number;
  tokenSecretRef?: SecretKeyRef;
}
/**
 * Which MESSAGEs are delivered, and what becomes of the others.
 */
export interface Messaging {
  /**
   * Who may send a MESSAGE to a user of a served domain, beside the PBX. Registered: only who has registered as the user in From over the same flow; others are answered 403. Any: everybody. Default Registered. A change is live.
   */
  senders: "Registered" | "Any";
  /**
   * What becomes of a MESSAGE to a user who is not registered. Reject: it is answered 404. Default Reject. A change is live.
   */
  onUnregistered: "Reject";
  /**
   * The content types that a MESSAGE may have, without regard to case; another is answered 415 with this list in Accept. Default text of all kinds, CPIM, delivery notifications (IMDN), "is composing" and RCS file transfer. A change is live.
   *
   * Items: type/subtype, type/* or * /*, without parameters.
   */
  contentTypes: string[];
  /**
   * The largest body of a MESSAGE, in bytes; a larger one is answered 413. Default 16384. A change is live.
   */
  maxBytes: number;
  /**
   * The largest MESSAGE on a UDP hop, in bytes and headers included; a larger one is answered 413 where it comes by UDP, and delivered to contacts on TCP only (RFC 3428 §8). Default 1300. A change is live.
   */
  maxUdpBytes: number;
}
/**
 * Where bindings are kept.
 */
export interface Store {
  /**
   * Durable: in memory and on disk, so that bindings survive a crash; a phone gets its 200 after the write. Memory: gone at a restart. Default Durable. A change needs a restart.
   */
  type: "Durable" | "Memory";
  /**
   * How many bindings are kept in all; a REGISTER that would exceed it is answered 503. Default 1000000. A change needs a restart.
   */
  maxBindings: number;
  volume: Volume;
}
/**
 * In Kubernetes, where a Durable store lies.
 */
export interface Volume {
  /**
   * EmptyDir: on the pod's node; bindings survive a crash but not the pod, so that a phone is offline for others after a roll until it refreshes. PersistentVolumeClaim: on a volume of its own; bindings survive the pod, which is ended before its successor starts (some seconds without service at a roll). Default EmptyDir. A change rolls the pod, and bindings do not move along.
   */
  type: "EmptyDir" | "PersistentVolumeClaim";
  /**
   * The size of the volume, in MiB; a million bindings take about 600. How many it may grow to where the StorageClass allows it. Default 1024. A change grows the claim; for EmptyDir it rolls the pod.
   */
  sizeMebibytes: number;
  /**
   * The StorageClass of the claim. Default the cluster's. A change is refused once the claim is made.
   */
  storageClassName?: string;
}
/**
 * Bounds on what peers may ask of this proxy.
 */
export interface Security {
  /**
   * The largest SIP message that is read, in bytes and body included. A larger datagram is dropped, a connection that sends a larger message is closed. Default 65535. A change is live for connections to come.
   */
  maxMessageBytes: number;
  /**
   * How many connections (TCP, TLS, WS, WSS) are held open in all, those in a handshake included; further ones are closed at once. Default 10000. A change is live for connections to come.
   */
  maxConnections: number;
  /**
   * How many connections one IP address may hold open, those in a handshake included; further ones are closed at once. Default 100. A change is live for connections to come.
   */
  maxConnectionsPerSource: number;
  /**
   * How long a connection may be silent before it is closed, in seconds; a WebSocket is asked for a sign of life every 25 s, and is closed after three that had no answer. Default 900. A change is live.
   */
  connectionIdleSeconds: number;
  /**
   * How many SIP transactions are held at a time; a request beyond is answered 503. Default 500000. A change is live.
   */
  maxTransactions: number;
  /**
   * The networks that may reach this proxy at all; whatever others send is dropped. The PBX always may. Default none named, which is everybody. A change is live.
   *
   * Items: A network in CIDR notation, or one IP address.
   */
  allowedSources: string[];
  /**
   * Networks that the bounds of rateLimit and failureLimit do not hold for, and whose new work is refused last when overloaded; for an office behind one address whose phones are known to be too many for them, another proxy, or a load generator. The PBX is always one of them. UDP senders can lie about their address, so name nothing wider than needed. Default none. A change is live.
   *
   * Items: A network in CIDR notation, or one IP address.
   */
  trustedSources: string[];
  rateLimit: RateLimit;
  failureLimit: FailureLimit;
  overload: Overload;
}
/**
 * How much one source may send; a source is an IPv4 address, or an IPv6 network of 64 bits. A phone that is registered has, from its address and port (or by its connection), an allowance of its own, which no other sender from there can use up.
 */
export interface RateLimit {
  /**
   * How many messages a second a source may send in the long run; what is more is dropped, and ten of those that can't be read count as a hundred. 500 phones behind one address send about a third of the default. 0 means no bound. Default 300. A change is live.
   */
  perSourcePerSecond: number;
  /**
   * How many messages a source may send at once after it has been quiet, as the phones of an office do when the power is back. Default 3000. A change is live.
   */
  burstPerSource: number;
  /**
   * How long a source is banned that goes on to send far more than it may, in seconds; twice as long each time it does so again, up to 64 times as long. Meanwhile all that comes from there is dropped, but for what registered phones send. 0 bans nobody. Default 60. A change is live for bans to come.
   */
  bannedSeconds: number;
}
/**
 * How often passwords may be guessed; what counts are requests with credentials that the PBX answers 401, 403 or 407 (not where it says that only the nonce was stale), and REGISTERs that it answers 404; a success forgives them. Beyond a bound, requests with credentials of that kind are answered 403 without asking the PBX, but for those that come over the flow by which that very user is registered.
 */
export interface FailureLimit {
  /**
   * How many failures in a minute for one user from one source. 0 means no bound. Default 10. A change is live.
   */
  perAorAndSourcePerMinute: number;
  /**
   * How many failures in a minute for one user from all sources together; beyond it only sources from which somebody is registered are still heard for that user. 0 means no bound. Default 60. A change is live.
   */
  perAorPerMinute: number;
  /**
   * How many failures in a minute from one source for all users together. 0 means no bound. Default 240. A change is live.
   */
  perSourcePerMinute: number;
  /**
   * How long a bound that was exceeded stays in force, in seconds. Default 60. A change is live for bounds that are exceeded from then on.
   */
  blockedSeconds: number;
}
/**
 * What is done when more comes in than can be worked off.
 */
export interface Overload {
  /**
   * Auto: when what comes in has to wait too long, new work is answered 503 with Retry-After or dropped: first calls, messages and the like of unknown senders, then their REGISTERs, then new calls and messages of registered phones; requests within calls, refreshes over the flow that is registered, and the PBX are always served. Off: everything is taken. Default Auto. A change is live.
   */
  mode: "Auto" | "Off";
  /**
   * How long what comes in may have to wait all the time, in milliseconds, before new work is refused; short peaks do not count. Default 200. A change is live.
   */
  maxDelayMilliseconds: number;
}
/**
 * In Kubernetes, how phones and the PBX reach the proxy. There is one Service for UDP and one for TCP, TLS, WS and WSS, since many load balancers refuse both in one.
 */
export interface Exposure {
  /**
   * The type of the Services. LoadBalancer: an address from the cluster's load balancer. NodePort: a port of each node. ClusterIP: within the cluster only. Default LoadBalancer. A change is live; phones that were told the former address lose it.
   */
  type: "LoadBalancer" | "NodePort" | "ClusterIP";
  /**
   * Local: only the proxy's own node takes traffic from outside, and the proxy sees each phone's own address. Cluster: every node does and hides it, so that limits by source and answers to phones without rport (RFC 3581) fail. Default Local. A change is live.
   */
  externalTrafficPolicy: "Local" | "Cluster";
  loadBalancer?: LoadBalancer;
  addresses: AddressSources;
}
/**
 * What the load balancer is asked for.
 */
export interface LoadBalancer {
  /**
   * The class of load balancer. Default the cluster's. A change is refused by Kubernetes while the Service is of type LoadBalancer.
   */
  class?: string;
  /**
   * The networks that the load balancer lets through, where it can. Default all. A change is live.
   *
   * Items: A network in CIDR notation, or one IP address.
   */
  sourceRanges?: string[];
  /**
   * Annotations of the Services, by which the clouds take their settings. Default none. A change is live.
   */
  annotations?: {
    [k: string]: string;
  };
}
/**
 * By which kind of address others are told to reach the proxy, where a listener does not name one itself (listeners[].advertised).
 */
export interface AddressSources {
  /**
   * What phones are told. LoadBalancer: the Service's address outside. Node: the address and node port of the node that the pod runs on. Service: the Service's address in the cluster. Pod: the pod's own, which changes with it. Auto: LoadBalancer, Node or Service, after the type. Default Auto. A change is live.
   */
  phones: "Auto" | "LoadBalancer" | "Node" | "Service" | "Pod";
  /**
   * What the PBX is told, with the same words. Auto: Service where every endpoint's host is the name of a Service (NAME.NAMESPACE.svc, with or without the cluster's domain), else as for phones. Default Auto. A change is live; the PBX has the former one until each phone registers again.
   */
  upstream: "Auto" | "LoadBalancer" | "Node" | "Service" | "Pod";
}
/**
 * In Kubernetes, the pod that the proxy runs in. It is non-root, has a read-only root file system, no capabilities and no token for the API server; that can't be changed.
 */
export interface Pod {
  /**
   * The image of the proxy. Default the one that the operator was installed with. A change rolls the pod.
   */
  image?: string;
  /**
   * Secrets of this namespace for pulling the image. Default none. A change rolls the pod.
   */
  imagePullSecrets?: ImagePullSecret[];
  resources: Resources;
  /**
   * Labels that the pod's node must have. Default none. A change rolls the pod.
   */
  nodeSelector?: {
    [k: string]: string;
  };
  /**
   * Taints of nodes that the pod bears, as in Kubernetes. Default none. A change rolls the pod.
   */
  tolerations?: Toleration[];
  /**
   * The pod's PriorityClass. Default the cluster's. A change rolls the pod.
   */
  priorityClassName?: string;
  /**
   * Further labels of the pod. Those that begin with app.kubernetes.io/ or midregistrar.dev/ stay the operator's. Default none. A change rolls the pod.
   */
  labels?: {
    [k: string]: string;
  };
  /**
   * Further annotations of the pod. Those that begin with midregistrar.dev/ stay the operator's. Default none. A change rolls the pod.
   */
  annotations?: {
    [k: string]: string;
  };
}
/**
 * One Secret.
 */
export interface ImagePullSecret {
  /**
   * The Secret's name. A change rolls the pod.
   */
  name: string;
}
/**
 * What the scheduler reserves and the kernel allows.
 */
export interface Resources {
  requests: ResourceRequests;
  limits?: ResourceLimits;
}
/**
 * What is reserved.
 */
export interface ResourceRequests {
  /**
   * Processor time. Default "100m". A change rolls the pod.
   */
  cpu: string;
  /**
   * Memory; about 1 KiB a binding beside 100 MiB. Default "128Mi". A change rolls the pod.
   */
  memory: string;
}
/**
 * What is allowed at most.
 */
export interface ResourceLimits {
  /**
   * Processor time; a limit shows as delay. Default none. A change rolls the pod.
   */
  cpu?: string;
  /**
   * Memory; the proxy is killed beyond it. Default none. A change rolls the pod.
   */
  memory?: string;
}
/**
 * One toleration.
 */
export interface Toleration {
  /**
   * The taint's key. Default all keys. A change rolls the pod.
   */
  key?: string;
  /**
   * How the taint's value is compared. A change rolls the pod.
   */
  operator?: "Equal" | "Exists";
  /**
   * The taint's value. A change rolls the pod.
   */
  value?: string;
  /**
   * The taint's effect. Default all. A change rolls the pod.
   */
  effect?: "NoSchedule" | "PreferNoSchedule" | "NoExecute";
  /**
   * How long a NoExecute taint is borne, in seconds. Default for ever. A change rolls the pod.
   */
  tolerationSeconds?: number;
}
/**
 * How the proxy ends.
 */
export interface Drain {
  /**
   * How long requests under way may take to get their answers once the proxy is told to end, in seconds; connections that are idle are closed one after the other within it. In Kubernetes the pod's grace period is 15 s longer. Default 10. A change is live, and rolls the pod.
   */
  windowSeconds: number;
}
/**
 * What the operator has found and done. Nobody else writes it.
 */
export interface MidRegistrarStatus {
  /**
   * The generation of the spec that this status is about.
   */
  observedGeneration?: number;
  /**
   * What holds. Accepted: the spec can be carried out here. ResolvedRefs: what it names is there. Programmed: all objects are as it asks, addresses are assigned and the proxy has taken the configuration. Available: a proxy is ready. UpstreamReachable: the PBX answers. Ready: all of these. Reconciling and Stalled are true while work is under way or can't go on.
   */
  conditions?: Condition[];
  /**
   * How many pods there are.
   */
  replicas?: number;
  /**
   * How many of them are ready.
   */
  readyReplicas?: number;
  /**
   * The labels by which the pods are found.
   */
  selector?: string;
  /**
   * The first address that phones are told, as host:port.
   */
  address?: string;
  /**
   * By what addresses others are told to reach the listeners.
   */
  addresses?: StatusAddress[];
  upstream?: StatusUpstream;
  bindings?: StatusBindings;
  /**
   * The SHA-256 of the configuration that the proxies are to run.
   */
  configHash?: string;
  version?: StatusVersion;
}
/**
 * One condition, as Kubernetes' metav1.Condition.
 */
export interface Condition {
  /**
   * Its name.
   */
  type: string;
  /**
   * Whether it holds.
   */
  status: "True" | "False" | "Unknown";
  /**
   * Why, as one word.
   */
  reason: string;
  /**
   * Why, as a sentence that says what to do.
   */
  message: string;
  /**
   * Since when.
   */
  lastTransitionTime: string;
  /**
   * The generation of the spec that it is about.
   */
  observedGeneration?: number;
}
/**
 * One address.
 */
export interface StatusAddress {
  /**
   * The listener's name.
   */
  listener: string;
  /**
   * Who is told.
   */
  side: "Phones" | "Upstream";
  /**
   * The listener's transport.
   */
  transport: string;
  /**
   * Where it was found.
   */
  source: "Static" | "LoadBalancer" | "Node" | "Service" | "Pod";
  /**
   * A host name or an IP address.
   */
  host: string;
  /**
   * The port.
   */
  port: number;
}
/**
 * The PBX, as the proxies see it.
 */
export interface StatusUpstream {
  /**
   * The first endpoint and its state in a word; of several how many are up.
   */
  summary?: string;
  /**
   * Each endpoint.
   */
  endpoints?: StatusEndpoint[];
}
/**
 * One endpoint.
 */
export interface StatusEndpoint {
  /**
   * Its name in the spec.
   */
  name: string;
  /**
   * Whether any of its addresses answers probes.
   */
  state: "Up" | "Down" | "Unknown";
  /**
   * Since when.
   */
  lastTransitionTime?: string;
  /**
   * How many addresses it leads to.
   */
  addresses?: number;
  /**
   * How many of them answer probes.
   */
  addressesUp?: number;
}
/**
 * How many registrations the proxies hold. Written at most once a minute; the metrics have it to the second.
 */
export interface StatusBindings {
  /**
   * How many contacts.
   */
  contacts?: number;
  /**
   * How many users with at least one contact.
   */
  aors?: number;
  /**
   * When that was so.
   */
  observedTime?: string;
}
/**
 * What runs.
 */
export interface StatusVersion {
  /**
   * The operator's version.
   */
  operator?: string;
  /**
   * The proxy's version.
   */
  proxy?: string;
}

/** The resource's schema (openAPIV3Schema of v1), without descriptions. */
export const SCHEMA: Schema = {
 "type": "object",
 "required": [
  "spec"
 ],
 "x-kubernetes-validations": [
  {
   "rule": "size(self.metadata.name) <= 48 && self.metadata.name.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')",
   "message": "metadata.name must be a DNS label of at most 48 characters (a-z, 0-9 and - inside), for other names are made of it"
  }
 ],
 "properties": {
  "apiVersion": {
   "type": "string"
  },
  "kind": {
   "type": "string"
  },
  "metadata": {
   "type": "object"
  },
  "spec": {
   "type": "object",
   "required": [
    "domains",
    "upstream"
   ],
   "x-kubernetes-validations": [
    {
     "rule": "self.upstream.endpoints.all(e, (has(e.transport) && (e.transport == 'WS' || e.transport == 'WSS')) || self.listeners.exists(l, has(e.transport) ? l.transport == e.transport : has(e.port) || isIP(e.host) ? l.transport == 'UDP' : l.transport != 'WS' && l.transport != 'WSS'))",
     "message": "the endpoint's transport needs a listener of that transport, for the PBX reaches phones through it; add one or change the endpoint's transport"
    },
    {
     "rule": "self.upstream.endpoints.all(e, !isIP(e.host) || !self.listeners.exists(l, l.transport == (has(e.transport) ? e.transport : 'UDP')) || self.listeners.exists(l, l.transport == (has(e.transport) ? e.transport : 'UDP') && isIP(l.address) && ip(l.address).family() == ip(e.host).family()))",
     "message": "the endpoint's address needs a listener of its transport and IP version; add one with an address of that version"
    },
    {
     "rule": "!self.upstream.endpoints.exists(e, self.listeners.exists(l, l.port == (has(e.port) ? e.port : !has(e.transport) ? 5060 : e.transport == 'TLS' ? 5061 : e.transport == 'WS' ? 80 : e.transport == 'WSS' ? 443 : 5060) && isIP(l.address) && (isIP(e.host) ? ip(l.address) == ip(e.host) || (ip(l.address).isUnspecified() && ip(e.host).isLoopback() && ip(l.address).family() == ip(e.host).family()) : e.host.lowerAscii() == 'localhost' && (ip(l.address).isUnspecified() || ip(l.address).isLoopback()))))",
     "message": "the endpoint is one of this proxy's own listeners, and a proxy that fronts itself loops; give one of them another port or address"
    },
    {
     "rule": "!self.upstream.endpoints.exists(e, self.listeners.exists(l, has(l.advertised) && ((has(l.advertised.phones) && l.advertised.phones.host.lowerAscii() == e.host.lowerAscii() && (has(l.advertised.phones.port) ? l.advertised.phones.port : l.port) == (has(e.port) ? e.port : !has(e.transport) ? 5060 : e.transport == 'TLS' ? 5061 : e.transport == 'WS' ? 80 : e.transport == 'WSS' ? 443 : 5060)) || (has(l.advertised.upstream) && l.advertised.upstream.host.lowerAscii() == e.host.lowerAscii() && (has(l.advertised.upstream.port) ? l.advertised.upstream.port : l.port) == (has(e.port) ? e.port : !has(e.transport) ? 5060 : e.transport == 'TLS' ? 5061 : e.transport == 'WS' ? 80 : e.transport == 'WSS' ? 443 : 5060)))))",
     "message": "the endpoint is an address that this proxy advertises as its own, and a proxy that fronts itself loops; name the PBX's own address"
    },
    {
     "rule": "self.registration.minExpiresSeconds <= self.registration.maxExpiresSeconds",
     "message": "registration.minExpiresSeconds must not exceed registration.maxExpiresSeconds; lower the one or raise the other"
    },
    {
     "rule": "self.messaging.maxBytes <= self.security.maxMessageBytes",
     "message": "messaging.maxBytes must not exceed security.maxMessageBytes, for a body is a part of its message; lower the one or raise the other"
    },
    {
     "rule": "self.messaging.maxUdpBytes <= self.security.maxMessageBytes",
     "message": "messaging.maxUdpBytes must not exceed security.maxMessageBytes, for nothing larger is read; lower the one or raise the other"
    },
    {
     "rule": "!has(self.upstream.tls) || self.upstream.endpoints.exists(e, has(e.transport) ? e.transport == 'TLS' || e.transport == 'WSS' : !has(e.port) && !isIP(e.host))",
     "message": "upstream.tls is for endpoints of transport TLS or WSS, or of one that DNS chooses; leave it out or set one of these transports"
    },
    {
     "rule": "!has(self.upstream.webSocket) || self.upstream.endpoints.exists(e, has(e.transport) && (e.transport == 'WS' || e.transport == 'WSS'))",
     "message": "upstream.webSocket is for endpoints of transport WS or WSS; leave it out or set one of these transports"
    },
    {
     "rule": "self.upstream.probe.timeoutSeconds < self.upstream.probe.intervalSeconds",
     "message": "upstream.probe.timeoutSeconds must be below upstream.probe.intervalSeconds, for one probe ends before the next; lower the one or raise the other"
    },
    {
     "rule": "self.replicas <= 1",
     "message": "replicas must be 0 or 1, for replicas do not share their bindings yet; run a second front as a resource of its own"
    },
    {
     "rule": "self.store.type == 'Durable' || self.store.volume.type == 'EmptyDir'",
     "message": "store.volume.type PersistentVolumeClaim needs store.type Durable, for nothing is written otherwise; set the one or leave out the other"
    },
    {
     "rule": "self.exposure.type == 'LoadBalancer' || !has(self.exposure.loadBalancer)",
     "message": "exposure.loadBalancer is for exposure.type LoadBalancer only; leave it out or set that type"
    },
    {
     "rule": "self.exposure.type != 'ClusterIP' || self.listeners.all(l, !has(l.nodePort))",
     "message": "a listener's nodePort is for exposure.type NodePort or LoadBalancer; leave it out or set one of these types"
    }
   ],
   "properties": {
    "domains": {
     "type": "array",
     "minItems": 1,
     "maxItems": 64,
     "x-kubernetes-list-type": "set",
     "x-kubernetes-validations": [
      {
       "rule": "self.all(a, self.exists_one(b, a.lowerAscii() == b.lowerAscii()))",
       "message": "domains are the same whatever their case; name each once"
      }
     ],
     "items": {
      "type": "string",
      "title": "a host name, an IPv4 address, or an IPv6 address without brackets",
      "minLength": 1,
      "maxLength": 253,
      "anyOf": [
       {
        "pattern": "^([A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\\.)*[0-9]{0,61}[A-Za-z_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$"
       },
       {
        "pattern": "^(25[0-5]|(2[0-4]|1[0-9]|[1-9])?[0-9])(\\.(25[0-5]|(2[0-4]|1[0-9]|[1-9])?[0-9])){3}$"
       },
       {
        "format": "ipv6",
        "pattern": "^[0-9A-Fa-f:]+$"
       }
      ]
     }
    },
    "upstream": {
     "type": "object",
     "required": [
      "endpoints"
     ],
     "properties": {
      "endpoints": {
       "type": "array",
       "minItems": 1,
       "maxItems": 8,
       "x-kubernetes-list-type": "map",
       "x-kubernetes-list-map-keys": [
        "name"
       ],
       "items": {
        "type": "object",
        "required": [
         "name",
         "host"
        ],
        "x-kubernetes-validations": [
         {
          "rule": "self.host != '0.0.0.0' && self.host != '::'",
          "message": "an endpoint's host must be an address that can be sent to, not \"all addresses\"; name the PBX's own"
         }
        ],
        "properties": {
         "name": {
          "type": "string",
          "title": "a DNS label (a-z, 0-9 and - inside)",
          "minLength": 1,
          "maxLength": 63,
          "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"
         },
         "host": {
          "type": "string",
          "title": "a host name, an IPv4 address, or an IPv6 address without brackets",
          "minLength": 1,
          "maxLength": 253,
          "anyOf": [
           {
            "pattern": "^([A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\\.)*[0-9]{0,61}[A-Za-z_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$"
           },
           {
            "pattern": "^(25[0-5]|(2[0-4]|1[0-9]|[1-9])?[0-9])(\\.(25[0-5]|(2[0-4]|1[0-9]|[1-9])?[0-9])){3}$"
           },
           {
            "format": "ipv6",
            "pattern": "^[0-9A-Fa-f:]+$"
           }
          ]
         },
         "port": {
          "type": "integer",
          "minimum": 1,
          "maximum": 65535
         },
         "transport": {
          "type": "string",
          "enum": [
           "UDP",
           "TCP",
           "TLS",
           "WS",
           "WSS"
          ]
         },
         "priority": {
          "type": "integer",
          "minimum": 0,
          "maximum": 65535,
          "default": 0
         },
         "weight": {
          "type": "integer",
          "minimum": 0,
          "maximum": 100,
          "default": 1
         },
         "oversizeTransport": {
          "type": "string",
          "enum": [
           "TCP",
           "UDP"
          ],
          "default": "TCP"
         }
        }
       }
      },
      "sources": {
       "type": "array",
       "maxItems": 32,
       "default": [],
       "x-kubernetes-list-type": "set",
       "items": {
        "type": "string",
        "title": "a network such as 192.0.2.0/24 or 2001:db8::/32, or one IP address",
        "minLength": 2,
        "maxLength": 49,
        "anyOf": [
         {
          "pattern": "^(25[0-5]|(2[0-4]|1[0-9]|[1-9])?[0-9])(\\.(25[0-5]|(2[0-4]|1[0-9]|[1-9])?[0-9])){3}$"
         },
         {
          "format": "ipv6",
          "pattern": "^[0-9A-Fa-f:]+$"
         },
         {
          "pattern": "^(25[0-5]|(2[0-4]|1[0-9]|[1-9])?[0-9])(\\.(25[0-5]|(2[0-4]|1[0-9]|[1-9])?[0-9])){3}/(3[0-2]|[12]?[0-9])$"
         },
         {
          "format": "cidr",
          "pattern": "^[0-9A-Fa-f:]+/(12[0-8]|1[01][0-9]|[1-9]?[0-9])$"
         }
        ]
       }
      },
      "probe": {
       "type": "object",
       "default": {},
       "properties": {
        "method": {
         "type": "string",
         "enum": [
          "Options",
          "None"
         ],
         "default": "Options"
        },
        "intervalSeconds": {
         "type": "integer",
         "minimum": 5,
         "maximum": 3600,
         "default": 30
        },
        "timeoutSeconds": {
         "type": "integer",
         "minimum": 1,
         "maximum": 30,
         "default": 4
        },
        "failureThreshold": {
         "type": "integer",
         "minimum": 1,
         "maximum": 20,
         "default": 3
        }
       }
      },
      "responseTimeoutSeconds": {
       "type": "integer",
       "minimum": 1,
       "maximum": 30,
       "default": 10
      },
      "sips": {
       "type": "string",
       "enum": [
        "RequireTls",
        "Trusted"
       ],
       "default": "RequireTls"
      },
      "tls": {
       "type": "object",
       "properties": {
        "caSecretRef": {
         "type": "object",
         "required": [
          "name"
         ],
         "properties": {
          "name": {
           "type": "string",
           "title": "a name of a Secret (a-z, 0-9, - and .)",
           "minLength": 1,
           "maxLength": 253,
           "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
          },
          "key": {
           "type": "string",
           "title": "a key of a Secret (letters, digits, -, _ and .)",
           "minLength": 1,
           "maxLength": 253,
           "pattern": "^[-._a-zA-Z0-9]+$",
           "default": "ca.crt"
          }
         }
        },
        "clientCertificateSecretRef": {
         "type": "object",
         "required": [
          "name"
         ],
         "properties": {
          "name": {
           "type": "string",
           "title": "a name of a Secret (a-z, 0-9, - and .)",
           "minLength": 1,
           "maxLength": 253,
           "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
          }
         }
        },
        "serverName": {
         "type": "string",
         "title": "a host name, an IPv4 address, or an IPv6 address without brackets",
         "minLength": 1,
         "maxLength": 253,
         "anyOf": [
          {
           "pattern": "^([A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\\.)*[0-9]{0,61}[A-Za-z_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$"
          },
          {
           "pattern": "^(25[0-5]|(2[0-4]|1[0-9]|[1-9])?[0-9])(\\.(25[0-5]|(2[0-4]|1[0-9]|[1-9])?[0-9])){3}$"
          },
          {
           "format": "ipv6",
           "pattern": "^[0-9A-Fa-f:]+$"
          }
         ]
        },
        "verify": {
         "type": "string",
         "enum": [
          "Full",
          "CaOnly",
          "None"
         ],
         "default": "Full"
        }
       }
      },
      "webSocket": {
       "type": "object",
       "properties": {
        "path": {
         "type": "string",
         "title": "a path such as /ws, without a query",
         "minLength": 1,
         "maxLength": 255,
         "pattern": "^/[-A-Za-z0-9._~!$&'()*+,;=:@%/]*$",
         "default": "/"
        }
       }
      },
      "failoverSeconds": {
       "type": "integer",
       "minimum": 1,
       "maximum": 16,
       "default": 3
      }
     }
    },
    "listeners": {
     "type": "array",
     "minItems": 1,
     "maxItems": 8,
     "default": [
      {
       "name": "udp",
       "transport": "UDP",
       "address": "0.0.0.0",
       "port": 5060
      },
      {
       "name": "tcp",
       "transport": "TCP",
       "address": "0.0.0.0",
       "port": 5060
      }
     ],
     "x-kubernetes-list-type": "map",
     "x-kubernetes-list-map-keys": [
      "name"
     ],
     "x-kubernetes-validations": [
      {
       "rule": "self.all(a, self.exists_one(b, (a.transport == 'UDP') == (b.transport == 'UDP') && a.port == b.port && isIP(a.address) && isIP(b.address) && (ip(a.address) == ip(b.address) || (ip(a.address).family() == ip(b.address).family() && (ip(a.address).isUnspecified() || ip(b.address).isUnspecified())))))",
       "message": "two listeners of one port need different addresses, neither of them \"all addresses\", unless just one of them is of transport UDP; give one another port or address"
      }
     ],
     "items": {
      "type": "object",
      "required": [
       "name"
      ],
      "x-kubernetes-validations": [
       {
        "rule": "self.transport == 'UDP' || self.transport == 'TCP' || self.port != 5060",
        "message": "a listener of transport TLS, WS or WSS needs its port named, for 5060 is that of UDP and TCP; 5061 is usual for TLS, 443 for WSS and 80 for WS"
       },
       {
        "rule": "has(self.tls) == (self.transport == 'TLS' || self.transport == 'WSS')",
        "message": "a listener of transport TLS or WSS needs tls, where its certificate is named, and no other has it; add the section or leave it out"
       },
       {
        "rule": "self.transport == 'WS' || self.transport == 'WSS' || !has(self.webSocket)",
        "message": "a listener's webSocket is for transport WS or WSS only; leave it out or set one of these transports"
       }
      ],
      "properties": {
       "name": {
        "type": "string",
        "title": "a DNS label (a-z, 0-9 and - inside)",
        "minLength": 1,
        "maxLength": 15,
        "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"
       },
       "transport": {
        "type": "string",
        "enum": [
         "UDP",
         "TCP",
         "TLS",
         "WS",
         "WSS"
        ],
        "default": "UDP"
       },
       "address": {
        "type": "string",
        "title": "an IPv4 address, or an IPv6 address without brackets",
        "minLength": 2,
        "maxLength": 45,
        "default": "0.0.0.0",
        "anyOf": [
         {
          "pattern": "^(25[0-5]|(2[0-4]|1[0-9]|[1-9])?[0-9])(\\.(25[0-5]|(2[0-4]|1[0-9]|[1-9])?[0-9])){3}$"
         },
         {
          "format": "ipv6",
          "pattern": "^[0-9A-Fa-f:]+$"
         }
        ]
       },
       "port": {
        "type": "integer",
        "minimum": 1,
        "maximum": 65535,
        "default": 5060
       },
       "tls": {
        "type": "object",
        "required": [
         "certificateSecretRef"
        ],
        "x-kubernetes-validations": [
         {
          "rule": "has(self.caSecretRef) == (self.clientCertificates != 'None')",
          "message": "tls.caSecretRef names whose client certificates are taken, so it is there exactly where tls.clientCertificates is not None; set both or none"
         }
        ],
        "properties": {
         "certificateSecretRef": {
          "type": "object",
          "required": [
           "name"
          ],
          "properties": {
           "name": {
            "type": "string",
            "title": "a name of a Secret (a-z, 0-9, - and .)",
            "minLength": 1,
            "maxLength": 253,
            "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
           }
          }
         },
         "sniCertificates": {
          "type": "array",
          "maxItems": 16,
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": [
           "name"
          ],
          "items": {
           "type": "object",
           "required": [
            "name",
            "certificateSecretRef"
           ],
           "properties": {
            "name": {
             "type": "string",
             "title": "a host name in lower case such as sip.example.com, or *.example.com for all names one level below",
             "minLength": 1,
             "maxLength": 253,
             "pattern": "^(\\*\\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
            },
            "certificateSecretRef": {
             "type": "object",
             "required": [
              "name"
             ],
             "properties": {
              "name": {
               "type": "string",
               "title": "a name of a Secret (a-z, 0-9, - and .)",
               "minLength": 1,
               "maxLength": 253,
               "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
              }
             }
            }
           }
          }
         },
         "clientCertificates": {
          "type": "string",
          "enum": [
           "None",
           "Request",
           "Require"
          ],
          "default": "None"
         },
         "caSecretRef": {
          "type": "object",
          "required": [
           "name"
          ],
          "properties": {
           "name": {
            "type": "string",
            "title": "a name of a Secret (a-z, 0-9, - and .)",
            "minLength": 1,
            "maxLength": 253,
            "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
           },
           "key": {
            "type": "string",
            "title": "a key of a Secret (letters, digits, -, _ and .)",
            "minLength": 1,
            "maxLength": 253,
            "pattern": "^[-._a-zA-Z0-9]+$",
            "default": "ca.crt"
           }
          }
         },
         "minimumVersion": {
          "type": "string",
          "enum": [
           "TLS12",
           "TLS13"
          ],
          "default": "TLS12"
         }
        }
       },
       "webSocket": {
        "type": "object",
        "properties": {
         "path": {
          "type": "string",
          "title": "a path such as /ws, without a query",
          "minLength": 1,
          "maxLength": 255,
          "pattern": "^/[-A-Za-z0-9._~!$&'()*+,;=:@%/]*$",
          "default": "/"
         },
         "allowedOrigins": {
          "type": "array",
          "maxItems": 64,
          "default": [],
          "x-kubernetes-list-type": "set",
          "items": {
           "type": "string",
           "title": "an origin such as https://phone.example.com or https://phone.example.com:8443, in lower case",
           "minLength": 8,
           "maxLength": 270,
           "pattern": "^https?://([a-z0-9_.-]+|\\[[0-9a-f:.]+\\])(:[0-9]{1,5})?$"
          }
         }
        }
       },
       "nodePort": {
        "type": "integer",
        "minimum": 1,
        "maximum": 65535
       },
       "advertised": {
        "type": "object",
        "properties": {
         "phones": {
          "type": "object",
          "required": [
           "host"
          ],
          "x-kubernetes-validations": [
           {
            "rule": "self.host != '0.0.0.0' && self.host != '::'",
            "message": "an advertised host must be an address that others can send to, not \"all addresses\"; name one"
           }
          ],
          "properties": {
           "host": {
            "type": "string",
            "title": "a host name, an IPv4 address, or an IPv6 address without brackets",
            "minLength": 1,
            "maxLength": 253,
            "anyOf": [
             {
              "pattern": "^([A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\\.)*[0-9]{0,61}[A-Za-z_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$"
             },
             {
              "pattern": "^(25[0-5]|(2[0-4]|1[0-9]|[1-9])?[0-9])(\\.(25[0-5]|(2[0-4]|1[0-9]|[1-9])?[0-9])){3}$"
             },
             {
              "format": "ipv6",
              "pattern": "^[0-9A-Fa-f:]+$"
             }
            ]
           },
           "port": {
            "type": "integer",
            "minimum": 1,
            "maximum": 65535
           }
          }
         },
         "upstream": {
          "type": "object",
          "required": [
           "host"
          ],
          "x-kubernetes-validations": [
           {
            "rule": "self.host != '0.0.0.0' && self.host != '::'",
            "message": "an advertised host must be an address that others can send to, not \"all addresses\"; name one"
           }
          ],
          "properties": {
           "host": {
            "type": "string",
            "title": "a host name, an IPv4 address, or an IPv6 address without brackets",
            "minLength": 1,
            "maxLength": 253,
            "anyOf": [
             {
              "pattern": "^([A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\\.)*[0-9]{0,61}[A-Za-z_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$"
             },
             {
              "pattern": "^(25[0-5]|(2[0-4]|1[0-9]|[1-9])?[0-9])(\\.(25[0-5]|(2[0-4]|1[0-9]|[1-9])?[0-9])){3}$"
             },
             {
              "format": "ipv6",
              "pattern": "^[0-9A-Fa-f:]+$"
             }
            ]
           },
           "port": {
            "type": "integer",
            "minimum": 1,
            "maximum": 65535
           }
          }
         }
        }
       }
      }
     }
    },
    "registration": {
     "type": "object",
     "default": {},
     "properties": {
      "mode": {
       "type": "string",
       "enum": [
        "Mirror"
       ],
       "default": "Mirror"
      },
      "insertion": {
       "type": "string",
       "enum": [
        "Contact",
        "Path",
        "None"
       ],
       "default": "Contact"
      },
      "minExpiresSeconds": {
       "type": "integer",
       "minimum": 0,
       "maximum": 86400,
       "default": 0
      },
      "maxExpiresSeconds": {
       "type": "integer",
       "minimum": 60,
       "maximum": 2147483647,
       "default": 86400
      },
      "maxContactsPerAor": {
       "type": "integer",
       "minimum": 1,
       "maximum": 100,
       "default": 10
      },
      "replyContacts": {
       "type": "string",
       "enum": [
        "Auto",
        "Complete",
        "Partial"
       ],
       "default": "Auto"
      },
      "foreignContacts": {
       "type": "string",
       "enum": [
        "Keep",
        "Ignore"
       ],
       "default": "Keep"
      },
      "flowTimerSeconds": {
       "type": "integer",
       "minimum": 0,
       "maximum": 3600,
       "default": 120
      },
      "tokenSecretRef": {
       "type": "object",
       "required": [
        "name"
       ],
       "properties": {
        "name": {
         "type": "string",
         "title": "a name of a Secret (a-z, 0-9, - and .)",
         "minLength": 1,
         "maxLength": 253,
         "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
        },
        "key": {
         "type": "string",
         "title": "a key of a Secret (letters, digits, -, _ and .)",
         "minLength": 1,
         "maxLength": 253,
         "pattern": "^[-._a-zA-Z0-9]+$",
         "default": "token-key"
        }
       }
      }
     }
    },
    "messaging": {
     "type": "object",
     "default": {},
     "properties": {
      "senders": {
       "type": "string",
       "enum": [
        "Registered",
        "Any"
       ],
       "default": "Registered"
      },
      "onUnregistered": {
       "type": "string",
       "enum": [
        "Reject"
       ],
       "default": "Reject"
      },
      "contentTypes": {
       "type": "array",
       "minItems": 1,
       "maxItems": 32,
       "default": [
        "text/*",
        "message/cpim",
        "message/imdn+xml",
        "application/im-iscomposing+xml",
        "application/vnd.gsma.rcs-ft-http+xml"
       ],
       "x-kubernetes-list-type": "set",
       "items": {
        "type": "string",
        "title": "a content type such as text/plain, text/* or */*, without parameters",
        "minLength": 3,
        "maxLength": 127,
        "pattern": "^(\\*/\\*|[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]*/(\\*|[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]*))$"
       }
      },
      "maxBytes": {
       "type": "integer",
       "minimum": 1,
       "maximum": 65535,
       "default": 16384
      },
      "maxUdpBytes": {
       "type": "integer",
       "minimum": 200,
       "maximum": 65535,
       "default": 1300
      }
     }
    },
    "store": {
     "type": "object",
     "default": {},
     "properties": {
      "type": {
       "type": "string",
       "enum": [
        "Durable",
        "Memory"
       ],
       "default": "Durable"
      },
      "maxBindings": {
       "type": "integer",
       "minimum": 1,
       "maximum": 10000000,
       "default": 1000000
      },
      "volume": {
       "type": "object",
       "default": {},
       "properties": {
        "type": {
         "type": "string",
         "enum": [
          "EmptyDir",
          "PersistentVolumeClaim"
         ],
         "default": "EmptyDir"
        },
        "sizeMebibytes": {
         "type": "integer",
         "minimum": 64,
         "maximum": 1048576,
         "default": 1024,
         "x-kubernetes-validations": [
          {
           "rule": "self >= oldSelf",
           "message": "store.volume.sizeMebibytes can't shrink, for a claim can only grow; keep the size, or make a new resource"
          }
         ]
        },
        "storageClassName": {
         "type": "string",
         "title": "a name of a StorageClass (a-z, 0-9, - and .)",
         "minLength": 1,
         "maxLength": 253,
         "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
         "x-kubernetes-validations": [
          {
           "rule": "self == oldSelf",
           "message": "store.volume.storageClassName can't be changed, for a claim keeps its class; make a new resource"
          }
         ]
        }
       }
      }
     }
    },
    "security": {
     "type": "object",
     "default": {},
     "properties": {
      "maxMessageBytes": {
       "type": "integer",
       "minimum": 1300,
       "maximum": 1048576,
       "default": 65535
      },
      "maxConnections": {
       "type": "integer",
       "minimum": 1,
       "maximum": 100000,
       "default": 10000
      },
      "maxConnectionsPerSource": {
       "type": "integer",
       "minimum": 1,
       "maximum": 100000,
       "default": 100
      },
      "connectionIdleSeconds": {
       "type": "integer",
       "minimum": 10,
       "maximum": 86400,
       "default": 900
      },
      "maxTransactions": {
       "type": "integer",
       "minimum": 1000,
       "maximum": 5000000,
       "default": 500000
      },
      "allowedSources": {
       "type": "array",
       "maxItems": 128,
       "default": [],
       "x-kubernetes-list-type": "set",
       "items": {
        "type": "string",
        "title": "a network such as 192.0.2.0/24 or 2001:db8::/32, or one IP address",
        "minLength": 2,
        "maxLength": 49,
        "anyOf": [
         {
          "pattern": "^(25[0-5]|(2[0-4]|1[0-9]|[1-9])?[0-9])(\\.(25[0-5]|(2[0-4]|1[0-9]|[1-9])?[0-9])){3}$"
         },
         {
          "format": "ipv6",
          "pattern": "^[0-9A-Fa-f:]+$"
         },
         {
          "pattern": "^(25[0-5]|(2[0-4]|1[0-9]|[1-9])?[0-9])(\\.(25[0-5]|(2[0-4]|1[0-9]|[1-9])?[0-9])){3}/(3[0-2]|[12]?[0-9])$"
         },
         {
          "format": "cidr",
          "pattern": "^[0-9A-Fa-f:]+/(12[0-8]|1[01][0-9]|[1-9]?[0-9])$"
         }
        ]
       }
      },
      "trustedSources": {
       "type": "array",
       "maxItems": 128,
       "default": [],
       "x-kubernetes-list-type": "set",
       "items": {
        "type": "string",
        "title": "a network such as 192.0.2.0/24 or 2001:db8::/32, or one IP address",
        "minLength": 2,
        "maxLength": 49,
        "anyOf": [
         {
          "pattern": "^(25[0-5]|(2[0-4]|1[0-9]|[1-9])?[0-9])(\\.(25[0-5]|(2[0-4]|1[0-9]|[1-9])?[0-9])){3}$"
         },
         {
          "format": "ipv6",
          "pattern": "^[0-9A-Fa-f:]+$"
         },
         {
          "pattern": "^(25[0-5]|(2[0-4]|1[0-9]|[1-9])?[0-9])(\\.(25[0-5]|(2[0-4]|1[0-9]|[1-9])?[0-9])){3}/(3[0-2]|[12]?[0-9])$"
         },
         {
          "format": "cidr",
          "pattern": "^[0-9A-Fa-f:]+/(12[0-8]|1[01][0-9]|[1-9]?[0-9])$"
         }
        ]
       }
      },
      "rateLimit": {
       "type": "object",
       "default": {},
       "properties": {
        "perSourcePerSecond": {
         "type": "integer",
         "minimum": 0,
         "maximum": 1000000,
         "default": 300
        },
        "burstPerSource": {
         "type": "integer",
         "minimum": 10,
         "maximum": 10000000,
         "default": 3000
        },
        "bannedSeconds": {
         "type": "integer",
         "minimum": 0,
         "maximum": 3600,
         "default": 60
        }
       }
      },
      "failureLimit": {
       "type": "object",
       "default": {},
       "properties": {
        "perAorAndSourcePerMinute": {
         "type": "integer",
         "minimum": 0,
         "maximum": 100000,
         "default": 10
        },
        "perAorPerMinute": {
         "type": "integer",
         "minimum": 0,
         "maximum": 100000,
         "default": 60
        },
        "perSourcePerMinute": {
         "type": "integer",
         "minimum": 0,
         "maximum": 100000,
         "default": 240
        },
        "blockedSeconds": {
         "type": "integer",
         "minimum": 1,
         "maximum": 86400,
         "default": 60
        }
       }
      },
      "overload": {
       "type": "object",
       "default": {},
       "properties": {
        "mode": {
         "type": "string",
         "enum": [
          "Auto",
          "Off"
         ],
         "default": "Auto"
        },
        "maxDelayMilliseconds": {
         "type": "integer",
         "minimum": 20,
         "maximum": 5000,
         "default": 200
        }
       }
      }
     }
    },
    "replicas": {
     "type": "integer",
     "minimum": 0,
     "maximum": 16,
     "default": 1
    },
    "exposure": {
     "type": "object",
     "default": {},
     "properties": {
      "type": {
       "type": "string",
       "enum": [
        "LoadBalancer",
        "NodePort",
        "ClusterIP"
       ],
       "default": "LoadBalancer"
      },
      "externalTrafficPolicy": {
       "type": "string",
       "enum": [
        "Local",
        "Cluster"
       ],
       "default": "Local"
      },
      "loadBalancer": {
       "type": "object",
       "properties": {
        "class": {
         "type": "string",
         "title": "a load balancer class such as example.com/internal",
         "minLength": 1,
         "maxLength": 316,
         "pattern": "^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$"
        },
        "sourceRanges": {
         "type": "array",
         "maxItems": 64,
         "x-kubernetes-list-type": "set",
         "items": {
          "type": "string",
          "title": "a network such as 192.0.2.0/24 or 2001:db8::/32, or one IP address",
          "minLength": 2,
          "maxLength": 49,
          "anyOf": [
           {
            "pattern": "^(25[0-5]|(2[0-4]|1[0-9]|[1-9])?[0-9])(\\.(25[0-5]|(2[0-4]|1[0-9]|[1-9])?[0-9])){3}$"
           },
           {
            "format": "ipv6",
            "pattern": "^[0-9A-Fa-f:]+$"
           },
           {
            "pattern": "^(25[0-5]|(2[0-4]|1[0-9]|[1-9])?[0-9])(\\.(25[0-5]|(2[0-4]|1[0-9]|[1-9])?[0-9])){3}/(3[0-2]|[12]?[0-9])$"
           },
           {
            "format": "cidr",
            "pattern": "^[0-9A-Fa-f:]+/(12[0-8]|1[01][0-9]|[1-9]?[0-9])$"
           }
          ]
         }
        },
        "annotations": {
         "type": "object",
         "title": "texts by name",
         "maxProperties": 32,
         "additionalProperties": {
          "type": "string",
          "title": "a text of at most 4096 characters",
          "maxLength": 4096
         }
        }
       }
      },
      "addresses": {
       "type": "object",
       "default": {},
       "properties": {
        "phones": {
         "type": "string",
         "enum": [
          "Auto",
          "LoadBalancer",
          "Node",
          "Service",
          "Pod"
         ],
         "default": "Auto"
        },
        "upstream": {
         "type": "string",
         "enum": [
          "Auto",
          "LoadBalancer",
          "Node",
          "Service",
          "Pod"
         ],
         "default": "Auto"
        }
       }
      }
     }
    },
    "pod": {
     "type": "object",
     "default": {},
     "properties": {
      "image": {
       "type": "string",
       "title": "a container image such as registry.example/midregistrar:1.0.0, or with @sha256:…",
       "minLength": 1,
       "maxLength": 512,
       "pattern": "^[a-zA-Z0-9][-a-zA-Z0-9._/:@]*$"
      },
      "imagePullSecrets": {
       "type": "array",
       "maxItems": 8,
       "x-kubernetes-list-type": "map",
       "x-kubernetes-list-map-keys": [
        "name"
       ],
       "items": {
        "type": "object",
        "required": [
         "name"
        ],
        "properties": {
         "name": {
          "type": "string",
          "title": "a name of a Secret (a-z, 0-9, - and .)",
          "minLength": 1,
          "maxLength": 253,
          "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
         }
        }
       }
      },
      "resources": {
       "type": "object",
       "default": {},
       "properties": {
        "requests": {
         "type": "object",
         "default": {},
         "properties": {
          "cpu": {
           "type": "string",
           "title": "a quantity such as 100m or 2",
           "minLength": 1,
           "maxLength": 16,
           "pattern": "^[0-9]+(\\.[0-9]+)?(m|[kMGT]i?)?$",
           "default": "100m"
          },
          "memory": {
           "type": "string",
           "title": "a quantity such as 128Mi or 2Gi",
           "minLength": 1,
           "maxLength": 16,
           "pattern": "^[0-9]+(\\.[0-9]+)?(m|[kMGT]i?)?$",
           "default": "128Mi"
          }
         }
        },
        "limits": {
         "type": "object",
         "properties": {
          "cpu": {
           "type": "string",
           "title": "a quantity such as 500m or 2",
           "minLength": 1,
           "maxLength": 16,
           "pattern": "^[0-9]+(\\.[0-9]+)?(m|[kMGT]i?)?$"
          },
          "memory": {
           "type": "string",
           "title": "a quantity such as 512Mi or 2Gi",
           "minLength": 1,
           "maxLength": 16,
           "pattern": "^[0-9]+(\\.[0-9]+)?(m|[kMGT]i?)?$"
          }
         }
        }
       }
      },
      "nodeSelector": {
       "type": "object",
       "title": "labels by name",
       "maxProperties": 32,
       "additionalProperties": {
        "type": "string",
        "title": "a label's value of at most 63 characters",
        "maxLength": 63
       }
      },
      "tolerations": {
       "type": "array",
       "maxItems": 32,
       "x-kubernetes-list-type": "atomic",
       "items": {
        "type": "object",
        "properties": {
         "key": {
          "type": "string",
          "title": "a taint's key",
          "maxLength": 316
         },
         "operator": {
          "type": "string",
          "enum": [
           "Equal",
           "Exists"
          ]
         },
         "value": {
          "type": "string",
          "title": "a taint's value",
          "maxLength": 63
         },
         "effect": {
          "type": "string",
          "enum": [
           "NoSchedule",
           "PreferNoSchedule",
           "NoExecute"
          ]
         },
         "tolerationSeconds": {
          "type": "integer",
          "minimum": 0,
          "maximum": 2147483647
         }
        }
       }
      },
      "priorityClassName": {
       "type": "string",
       "title": "a name of a PriorityClass (a-z, 0-9, - and .)",
       "minLength": 1,
       "maxLength": 253,
       "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
      },
      "labels": {
       "type": "object",
       "title": "labels by name",
       "maxProperties": 32,
       "additionalProperties": {
        "type": "string",
        "title": "a label's value of at most 63 characters",
        "maxLength": 63
       }
      },
      "annotations": {
       "type": "object",
       "title": "texts by name",
       "maxProperties": 32,
       "additionalProperties": {
        "type": "string",
        "title": "a text of at most 4096 characters",
        "maxLength": 4096
       }
      }
     }
    },
    "drain": {
     "type": "object",
     "default": {},
     "properties": {
      "windowSeconds": {
       "type": "integer",
       "minimum": 0,
       "maximum": 600,
       "default": 10
      }
     }
    },
    "networkPolicy": {
     "type": "string",
     "enum": [
      "Managed",
      "None"
     ],
     "default": "None"
    },
    "serviceMonitor": {
     "type": "string",
     "enum": [
      "Auto",
      "None"
     ],
     "default": "Auto"
    },
    "logLevel": {
     "type": "string",
     "enum": [
      "Debug",
      "Info",
      "Warn",
      "Error"
     ],
     "default": "Info"
    }
   }
  },
  "status": {
   "type": "object",
   "properties": {
    "observedGeneration": {
     "type": "integer",
     "format": "int64"
    },
    "conditions": {
     "type": "array",
     "maxItems": 16,
     "x-kubernetes-list-type": "map",
     "x-kubernetes-list-map-keys": [
      "type"
     ],
     "items": {
      "type": "object",
      "required": [
       "type",
       "status",
       "reason",
       "message",
       "lastTransitionTime"
      ],
      "properties": {
       "type": {
        "type": "string",
        "maxLength": 316
       },
       "status": {
        "type": "string",
        "enum": [
         "True",
         "False",
         "Unknown"
        ]
       },
       "reason": {
        "type": "string",
        "minLength": 1,
        "maxLength": 1024
       },
       "message": {
        "type": "string",
        "maxLength": 32768
       },
       "lastTransitionTime": {
        "type": "string",
        "format": "date-time"
       },
       "observedGeneration": {
        "type": "integer",
        "format": "int64"
       }
      }
     }
    },
    "replicas": {
     "type": "integer",
     "format": "int32"
    },
    "readyReplicas": {
     "type": "integer",
     "format": "int32"
    },
    "selector": {
     "type": "string",
     "maxLength": 1024
    },
    "address": {
     "type": "string",
     "maxLength": 300
    },
    "addresses": {
     "type": "array",
     "maxItems": 16,
     "x-kubernetes-list-type": "map",
     "x-kubernetes-list-map-keys": [
      "listener",
      "side"
     ],
     "items": {
      "type": "object",
      "required": [
       "listener",
       "side",
       "transport",
       "source",
       "host",
       "port"
      ],
      "properties": {
       "listener": {
        "type": "string",
        "maxLength": 15
       },
       "side": {
        "type": "string",
        "enum": [
         "Phones",
         "Upstream"
        ]
       },
       "transport": {
        "type": "string",
        "maxLength": 8
       },
       "source": {
        "type": "string",
        "enum": [
         "Static",
         "LoadBalancer",
         "Node",
         "Service",
         "Pod"
        ]
       },
       "host": {
        "type": "string",
        "maxLength": 253
       },
       "port": {
        "type": "integer",
        "format": "int32"
       }
      }
     }
    },
    "upstream": {
     "type": "object",
     "properties": {
      "summary": {
       "type": "string",
       "maxLength": 300
      },
      "endpoints": {
       "type": "array",
       "maxItems": 8,
       "x-kubernetes-list-type": "map",
       "x-kubernetes-list-map-keys": [
        "name"
       ],
       "items": {
        "type": "object",
        "required": [
         "name",
         "state"
        ],
        "properties": {
         "name": {
          "type": "string",
          "maxLength": 63
         },
         "state": {
          "type": "string",
          "enum": [
           "Up",
           "Down",
           "Unknown"
          ]
         },
         "lastTransitionTime": {
          "type": "string",
          "format": "date-time"
         },
         "addresses": {
          "type": "integer",
          "format": "int32"
         },
         "addressesUp": {
          "type": "integer",
          "format": "int32"
         }
        }
       }
      }
     }
    },
    "bindings": {
     "type": "object",
     "properties": {
      "contacts": {
       "type": "integer",
       "format": "int32"
      },
      "aors": {
       "type": "integer",
       "format": "int32"
      },
      "observedTime": {
       "type": "string",
       "format": "date-time"
      }
     }
    },
    "configHash": {
     "type": "string",
     "maxLength": 64
    },
    "version": {
     "type": "object",
     "properties": {
      "operator": {
       "type": "string",
       "maxLength": 64
      },
      "proxy": {
       "type": "string",
       "maxLength": 64
      }
     }
    }
   }
  }
 }
};
