import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compile, type JSONSchema } from 'json-schema-to-typescript';
import { parse } from 'yaml';
import { fieldReference } from './field-reference.ts';
import type { Schema } from './schema.ts';

const USAGE = `node crds/generate.ts [--check]

Makes crds/midregistrar.ts and docs/fields.md from crds/midregistrar.yaml.
--check writes nothing and fails if one of them is not what would be written.
`;

const ROOT = join(import.meta.dirname, '..');
const SOURCE = 'crds/midregistrar.yaml';
const BANNER = `// Made from ${SOURCE} by \`npm run generate\`: edit that file, not this one.`;

/** The names of the types of objects, by where these stand. */
const TYPE_NAMES: Readonly<Record<string, string>> = {
  '.metadata': 'Metadata',
  '.spec': 'MidRegistrarSpec',
  '.spec.upstream': 'Upstream',
  '.spec.upstream.endpoints[]': 'Endpoint',
  '.spec.listeners[]': 'Listener',
  '.spec.upstream.tls': 'UpstreamTls',
  '.spec.upstream.tls.caSecretRef': 'SecretKeyRef',
  '.spec.upstream.tls.clientCertificateSecretRef': 'SecretRef',
  '.spec.upstream.webSocket': 'UpstreamWebSocket',
  '.spec.listeners[].tls': 'ListenerTls',
  '.spec.listeners[].tls.certificateSecretRef': 'SecretRef',
  '.spec.listeners[].tls.caSecretRef': 'SecretKeyRef',
  '.spec.listeners[].tls.sniCertificates[]': 'SniCertificate',
  '.spec.listeners[].tls.sniCertificates[].certificateSecretRef': 'SecretRef',
  '.spec.listeners[].webSocket': 'WebSocket',
  '.spec.listeners[].advertised': 'Advertised',
  '.spec.listeners[].advertised.phones': 'AdvertisedAddress',
  '.spec.listeners[].advertised.upstream': 'AdvertisedAddress',
  '.spec.registration': 'Registration',
  '.spec.messaging': 'Messaging',
  '.spec.store': 'Store',
  '.spec.security': 'Security',
  '.spec.security.rateLimit': 'RateLimit',
  '.spec.security.failureLimit': 'FailureLimit',
  '.spec.security.overload': 'Overload',
  '.spec.upstream.probe': 'Probe',
  '.spec.registration.tokenSecretRef': 'SecretKeyRef',
  '.spec.store.volume': 'Volume',
  '.spec.exposure': 'Exposure',
  '.spec.exposure.loadBalancer': 'LoadBalancer',
  '.spec.exposure.addresses': 'AddressSources',
  '.spec.pod': 'Pod',
  '.spec.pod.imagePullSecrets[]': 'ImagePullSecret',
  '.spec.pod.resources': 'Resources',
  '.spec.pod.resources.requests': 'ResourceRequests',
  '.spec.pod.resources.limits': 'ResourceLimits',
  '.spec.pod.tolerations[]': 'Toleration',
  '.spec.drain': 'Drain',
  '.status': 'MidRegistrarStatus',
  '.status.conditions[]': 'Condition',
  '.status.addresses[]': 'StatusAddress',
  '.status.upstream': 'StatusUpstream',
  '.status.upstream.endpoints[]': 'StatusEndpoint',
  '.status.bindings': 'StatusBindings',
  '.status.version': 'StatusVersion',
};

const crd: { spec: { versions: { schema: { openAPIV3Schema: Schema } }[] } } = parse(
  readFileSync(join(ROOT, SOURCE), 'utf8'),
);
const schema = crd.spec.versions[0]?.schema.openAPIV3Schema;
if (schema === undefined) throw new Error(`${SOURCE} has no schema`);

/** The schema as the type compiler wants it: named objects apart, and what has a default always there. */
function typeSchema(from: Schema, path: string, definitions: Record<string, JSONSchema>): JSONSchema {
  const own: JSONSchema = {
    ...(from.type === undefined ? {} : { type: from.type }),
    ...(from.description === undefined ? {} : { description: from.description }),
    ...(from.enum === undefined ? {} : { enum: [...from.enum] }),
  };
  if (from.items !== undefined) return { ...own, items: typeSchema(from.items, `${path}[]`, definitions) };
  if (from.type !== 'object') return own;
  if (from.additionalProperties !== undefined)
    return { ...own, additionalProperties: typeSchema(from.additionalProperties, `${path}{}`, definitions) };
  const properties = Object.entries(from.properties ?? {}).map(([name, field]) => [
    name,
    typeSchema(field, `${path}.${name}`, definitions),
  ]);
  const defaulted = Object.entries(from.properties ?? {}).filter(([, field]) => field.default !== undefined);
  const object: JSONSchema = {
    ...own,
    properties: Object.fromEntries(properties),
    required: [...new Set([...(from.required ?? []), ...defaulted.map(([name]) => name)])],
    additionalProperties: false,
  };
  if (path === '') return object;
  const name = TYPE_NAMES[path];
  if (name === undefined) throw new Error(`the object ${path} has no type name`);
  definitions[name] ??= object;
  return { $ref: `#/definitions/${name}` };
}

/** `metadata` is Kubernetes' own and has no schema here; this is what we read of it. */
const METADATA: Schema = { type: 'object', required: ['name'], properties: { name: { type: 'string' } } };

const typesOf = (from: Schema): Promise<string> => {
  const definitions: Record<string, JSONSchema> = {};
  const root = { ...from, required: ['apiVersion', 'kind', 'metadata', 'spec'] };
  const properties = { ...from.properties, metadata: METADATA };
  const whole = { ...typeSchema({ ...root, properties }, '', definitions), definitions };
  return compile(whole, 'MidRegistrar', { bannerComment: '', ignoreMinAndMaxItems: true });
};

/** The schema as a value without what only people read of it. */
const plain = (from: Schema): string =>
  JSON.stringify(
    from,
    (key, value) => (key === 'description' && typeof value === 'string' ? undefined : value),
    1,
  );

const files: readonly (readonly [path: string, text: string])[] = [
  [
    'crds/midregistrar.ts',
    `${BANNER}
import type { Schema } from './schema.ts';

/* Types of a resource whose defaults have been filled in. */
${await typesOf(schema)}
/** The resource's schema (openAPIV3Schema of v1), without descriptions. */
export const SCHEMA: Schema = ${plain(schema)};
`,
  ],
  ['docs/fields.md', fieldReference(schema)],
];

const say = (text: string): void => void process.stderr.write(text);
const current = (path: string): string | undefined => {
  try {
    return readFileSync(join(ROOT, path), 'utf8');
  } catch {
    return undefined;
  }
};

const options = process.argv.slice(2);
if (options.some((option) => option !== '--check')) {
  say(USAGE);
  process.exitCode = 2;
} else if (options.length > 0) {
  const drifted = files.filter(([path, text]) => current(path) !== text);
  for (const [path] of drifted) say(`${path} is not what ${SOURCE} says; run \`npm run generate\`\n`);
  if (drifted.length > 0) process.exitCode = 1;
} else {
  for (const [path, text] of files) writeFileSync(join(ROOT, path), text);
}
