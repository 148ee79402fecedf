import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AsteriskOptions, asteriskFiles } from '../../support/asterisk-config.ts';
import { DEFAULTS, type PbxOptions } from '../../support/peers/pbx.ts';
import type { Cluster } from './cluster.ts';
import { asteriskModules, pbxImage } from './pbx-images.ts';

const KAMAILIO = join(import.meta.dirname, '../../support/kamailio.cfg');
const PORT = 5060;
const TLS_PORT = 5061;
/** Stands for the pod's own address in its configuration until the pod knows it. */
const OWN_ADDRESS = 'POD_IP';
const READY = '--timeout=60s';

/** A PBX in a pod, behind a Service of the same name. */
export interface PbxPod {
  readonly name: string;
  readonly namespace: string;
  readonly ip: string;
  readonly port: number;
  /** Where one that has a certificate takes TLS. */
  readonly tlsPort: number;
  /** What it has logged so far; of Kamailio each request that it received. */
  log(): Promise<string>;
}

interface Container {
  readonly image: string;
  readonly command?: readonly string[];
  readonly args: readonly string[];
}

export interface KamailioPodOptions extends PbxOptions {
  /** In PEM; with it, it takes TLS too. */
  readonly certificate?: { readonly certificate: string; readonly key: string };
}

const kamailioArguments = (options: KamailioPodOptions): string[] => {
  const { maxContacts, minimumExpires, maximumExpires } = { ...DEFAULTS, ...options };
  const definitions = {
    ADDRESS: `$(${OWN_ADDRESS})`,
    PORT,
    CONTROL: '"unixs:/tmp/control"',
    MIN_EXPIRES: minimumExpires,
    MAX_EXPIRES: maximumExpires,
    MAX_CONTACTS: maxContacts,
    ...(options.certificate && {
      TLS_PORT,
      TLS_CERTIFICATE: '"/config/tls.crt"',
      TLS_KEY: '"/config/tls.key"',
    }),
  };
  const flags = ['-DD', '-E', '-f', '/config/kamailio.cfg', '-Y', '/tmp', '-m', '64', '-M', '8'];
  return [...flags, ...Object.entries(definitions).flatMap(([name, value]) => ['-A', `${name}=${value}`])];
};

/** Puts the pod's address into the files and begins. */
const ASTERISK = `mkdir -p /tmp/etc /tmp/run /tmp/log /tmp/var
for file in /config/*; do sed "s/${OWN_ADDRESS}/$${OWN_ADDRESS}/g" "$file" >"/tmp/etc/\${file##*/}"; done
exec asterisk -C /tmp/etc/asterisk.conf -f -n -vvv`;

const manifests = (
  namespace: string,
  name: string,
  files: Readonly<Record<string, string>>,
  container: Container,
): object[] => {
  const labels = { app: name };
  const metadata = { name, namespace, labels };
  const ports = [
    { name: 'sip-udp', port: PORT, protocol: 'UDP' },
    { name: 'sip-tcp', port: PORT, protocol: 'TCP' },
    { name: 'sip-tls', port: TLS_PORT, protocol: 'TCP' },
  ];
  const pod = {
    terminationGracePeriodSeconds: 1,
    containers: [
      {
        name: 'pbx',
        imagePullPolicy: 'IfNotPresent',
        ...container,
        env: [{ name: OWN_ADDRESS, valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }],
        readinessProbe: { tcpSocket: { port: PORT }, periodSeconds: 1 },
        volumeMounts: [
          { name: 'config', mountPath: '/config' },
          { name: 'tmp', mountPath: '/tmp' },
        ],
      },
    ],
    volumes: [
      { name: 'config', configMap: { name } },
      { name: 'tmp', emptyDir: {} },
    ],
  };
  return [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: files },
    { apiVersion: 'v1', kind: 'Service', metadata, spec: { selector: labels, ports } },
    { apiVersion: 'v1', kind: 'Pod', metadata, spec: pod },
  ];
};

const start = async (
  cluster: Cluster,
  namespace: string,
  name: string,
  files: Readonly<Record<string, string>>,
  container: Container,
): Promise<PbxPod> => {
  const list = { apiVersion: 'v1', kind: 'List', items: manifests(namespace, name, files, container) };
  await cluster.kubectl(['apply', '-f', '-'], JSON.stringify(list));
  await cluster.kubectl(['wait', '-n', namespace, '--for=condition=Ready', `pod/${name}`, READY]);
  const ip = await cluster.kubectl(['get', 'pod', '-n', namespace, name, '-o', 'jsonpath={.status.podIP}']);
  return {
    name,
    namespace,
    ip,
    port: PORT,
    tlsPort: TLS_PORT,
    log: () => cluster.kubectl(['logs', '-n', namespace, name]),
  };
};

/** Starts Kamailio as a PBX in a pod; resolves when it serves. Users are as in `test/support/kamailio.ts`. */
export async function startKamailioPod(
  cluster: Cluster,
  namespace: string,
  name: string,
  options: KamailioPodOptions = {},
): Promise<PbxPod> {
  const { name: image, tar } = await pbxImage('kamailio');
  await cluster.loadImage(tar);
  const { certificate } = options;
  const files = {
    'kamailio.cfg': readFileSync(KAMAILIO, 'utf8'),
    ...(certificate && { 'tls.crt': certificate.certificate, 'tls.key': certificate.key }),
  };
  return start(cluster, namespace, name, files, { image, args: kamailioArguments(options) });
}

/** Starts Asterisk likewise, with the users of `options`. */
export async function startAsteriskPod(
  cluster: Cluster,
  namespace: string,
  name: string,
  options: AsteriskOptions = {},
): Promise<PbxPod> {
  const { name: image, tar } = await pbxImage('asterisk');
  await cluster.loadImage(tar);
  const files = asteriskFiles('/tmp', asteriskModules(), OWN_ADDRESS, PORT, options);
  return start(cluster, namespace, name, files, { image, command: ['/usr/bin/sh', '-ec'], args: [ASTERISK] });
}
