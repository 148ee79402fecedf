import { type Problem, readResource, type SidecarConfig } from '../../../sidecar/config.ts';

/** Sections of a spec as YAML in one line each; what is not given stands as here, or is left out where it has a default. */
export type Sections = Readonly<Record<string, string>>;

const SOUND: Sections = {
  domains: '[pbx.test]',
  upstream: '{endpoints: [{name: pbx, host: 192.0.2.20}]}',
};

/** A resource, one section a line, `spec` on line 4. */
export function resourceText(sections: Sections = {}, name = 'office'): string {
  const lines = Object.entries({ ...SOUND, ...sections }).map(([section, yaml]) => `  ${section}: ${yaml}`);
  return [
    'apiVersion: midregistrar.dev/v1',
    'kind: MidRegistrar',
    `metadata: {name: ${name}}`,
    'spec:',
    ...lines,
    '',
  ].join('\n');
}

export function accepted(text: string): SidecarConfig {
  const result = readResource(text, 'office.yaml');
  if ('problems' in result) throw new Error(result.problems.map(({ message }) => message).join('\n'));
  return result.config;
}

export function problemsOf(text: string): readonly Problem[] {
  const result = readResource(text, 'office.yaml');
  return 'problems' in result ? result.problems : [];
}
