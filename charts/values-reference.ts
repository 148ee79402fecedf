import { isMap, isScalar, type Pair, parseDocument, type YAMLMap } from 'yaml';

interface Chart {
  readonly name: string;
  readonly description: string;
  readonly kubeVersion: string;
}

interface Value {
  readonly path: string;
  readonly fallback: string;
  readonly words: string;
}

/** A comment that begins with `--` describes the value below it. */
const MARK = /^\s*--\s*/;

/** The described values, in their order. */
function* valuesOf(map: YAMLMap, path: string): Generator<Value> {
  for (const pair of map.items as Pair[]) {
    const name = isScalar(pair.key) ? String(pair.key.value) : '';
    const at = path === '' ? name : `${path}.${name}`;
    const words = commentOf(pair, map);
    if (words !== undefined) yield { path: at, fallback: JSON.stringify(toJs(pair.value)), words };
    else if (isMap(pair.value)) yield* valuesOf(pair.value, at);
  }
}

const toJs = (value: unknown): unknown => (value as { toJSON(): unknown } | null)?.toJSON() ?? null;

/** The comment above a pair; above the first of a map it stands at the map. */
function commentOf(pair: Pair, map: YAMLMap): string | undefined {
  const own = (pair.key as { commentBefore?: string | null }).commentBefore;
  const text = own ?? (map.items[0] === pair ? map.commentBefore : undefined);
  if (text === undefined || text === null || !MARK.test(text)) return undefined;
  return text
    .replace(MARK, '')
    .replaceAll(/\s*\n\s*/g, ' ')
    .trim();
}

/** The chart's README, as Markdown. */
export function valuesReference(values: string, { name, description, kubeVersion }: Chart): string {
  const document = parseDocument(values);
  const rows = [...valuesOf(document.contents as YAMLMap, '')];
  return `# ${name}

${description} It needs Kubernetes ${kubeVersion.replace('-0', '')}.

Made from \`values.yaml\` by \`npm run generate\`; edit that file, not this one. [docs/install.md](../../docs/install.md) goes through an installation step by step.

\`\`\`sh
helm install midregistrar charts/midregistrar --namespace midregistrar --create-namespace
helm test midregistrar --namespace midregistrar
\`\`\`

\`helm upgrade\` upgrades the CustomResourceDefinition too. \`helm uninstall\` leaves it, and every MidRegistrar with its proxies, unless \`crds.keep\` is false.
The operator has no verb on Secrets: pods mount them by name.

| value | default | what it does |
|---|---|---|
${rows.map(({ path, fallback, words }) => `| \`${path}\` | \`${fallback}\` | ${words} |`).join('\n')}
`;
}
