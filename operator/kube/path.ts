/** What a path of the API server is made of. */
export interface PathParts {
  /** `v1`, or `GROUP/VERSION`. */
  readonly apiVersion: string;
  readonly plural: string;
  /** Undefined for all of them, and for what is in none. */
  readonly namespace?: string;
  readonly name?: string;
  readonly subresource?: string;
}

/** `/apis/apps/v1/namespaces/branch/deployments/office-midreg`. */
export function pathOf({ apiVersion, plural, namespace, name, subresource }: PathParts): string {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const parts = [
    root,
    ...(namespace === undefined ? [] : ['namespaces', encodeURIComponent(namespace)]),
    plural,
    ...(name === undefined ? [] : [encodeURIComponent(name)]),
    ...(subresource === undefined ? [] : [subresource]),
  ];
  return parts.join('/');
}
