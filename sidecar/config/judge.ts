import { type MidRegistrar, SCHEMA } from '../../crds/midregistrar.ts';
import type { ResourceDocument } from './document.ts';
import type { Mistake, Path } from './problem.ts';
import type { Rule } from './rule.ts';
import { rules } from './rules.ts';
import { checkShape, type ShapeFault } from './shape.ts';

/** Tells every mistake of a document; the resource is sound, with its defaults, where there is none. */
export function judge(document: ResourceDocument): { resource: MidRegistrar; mistakes: readonly Mistake[] } {
  const { resource, faults } = checkShape(document.value);
  const alien = faults.filter(isAlien);
  // What is wrong with another kind of object by our schema would help nobody.
  if (alien.length > 0 && !isMeantAsOurs(document.value, alien))
    return { resource, mistakes: alien.map((fault) => ofFault(fault, document)) };
  const askable = rules.filter((rule) => !faults.some((fault) => blocks(fault, rule)));
  const broken = askable.flatMap((rule) => ofRule(rule, resource, document));
  return { resource, mistakes: [...faults.map((fault) => ofFault(fault, document)), ...broken] };
}

const isAlien = ({ path: [first, ...more], isName }: ShapeFault): boolean =>
  !isName && more.length === 0 && (first === undefined || first === 'apiVersion' || first === 'kind');

/** Whether somebody has only written the kind or the version wrong: there is a spec, and the one, or a field of the spec, is ours. */
function isMeantAsOurs(value: unknown, alien: readonly ShapeFault[]): boolean {
  const spec = isMap(value) ? value.spec : undefined;
  if (!isMap(spec)) return false;
  return (
    alien.length === 1 ||
    alien.some(({ hint }) => hint !== '') ||
    OUR_FIELDS.some((field) => Object.hasOwn(spec, field))
  );
}

/** Fields that tell a resource of ours; `replicas` does not, for many kinds have it. */
const OUR_FIELDS = Object.keys(SCHEMA.properties?.spec?.properties ?? {}).filter(
  (name) => name !== 'replicas',
);

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whether a fault lies in, or takes away, what the rule reads. An unknown field does neither. */
function blocks({ path, isName }: ShapeFault, { reads }: Rule): boolean {
  const places: readonly Path[] = reads.map((section) =>
    section === 'metadata' ? [section] : ['spec', section],
  );
  return !isName && places.some((place) => place.every((step, i) => i >= path.length || step === path[i]));
}

const ofFault = (
  { path, isName, found, allowed, hint }: ShapeFault,
  document: ResourceDocument,
): Mistake => ({
  path,
  offset: isName ? document.nameAt(path) : document.valueAt(path),
  found,
  allowed,
  message: `found ${found}, allowed ${allowed}${hint === '' ? '' : `; ${hint}`}`,
});

const ofRule = ({ message, breaches }: Rule, resource: MidRegistrar, document: ResourceDocument): Mistake[] =>
  breaches(resource).map(({ path, found }) => ({
    path,
    offset: document.valueAt(path),
    found,
    allowed: message,
    message: `found ${found}; ${message}`,
  }));
