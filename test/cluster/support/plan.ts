/** Names and addresses of one of the clusters that may run on this machine side by side. */
export interface Plan {
  readonly index: number;
  /** Of the node, its cgroup, and the start of the name of its link on this machine's side. */
  readonly name: string;
  /** The machine's end and the node's end of the link between them; a network of 4 addresses. */
  readonly hostIp: string;
  readonly nodeIp: string;
  readonly podCidr: string;
  readonly serviceCidr: string;
  /** The first address of the services: the API server's own. */
  readonly apiServiceIp: string;
  readonly dnsIp: string;
}

/** How many clusters a machine can run at once. */
export const MAX_CLUSTERS = 16;

/** All of a cluster is in one /16, so that clusters, and what else the machine talks to, keep apart. */
export function planOf(index: number): Plan {
  const net = `10.${200 + index}`;
  return {
    index,
    name: `midreg-test-${index}`,
    hostIp: `${net}.0.1`,
    nodeIp: `${net}.0.2`,
    podCidr: `${net}.16.0/20`,
    serviceCidr: `${net}.128.0/17`,
    apiServiceIp: `${net}.128.1`,
    dnsIp: `${net}.128.10`,
  };
}
