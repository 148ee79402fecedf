/**
 * Whether `live` has all that `wished` says, whatever else it has: defaults of the API server, fields of other writers,
 * elements that others add to lists of named things.
 */
export function covers(live: unknown, wished: unknown): boolean {
  if (Array.isArray(wished)) return Array.isArray(live) && coversList(live, wished);
  if (isMap(wished))
    return isMap(live) && Object.entries(wished).every(([name, field]) => covers(live[name], field));
  return live === wished || isSameQuantity(live, wished);
}

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** By what the elements of Kubernetes' lists are told apart; the first that an element has. */
const KEYS = ['name', 'uid', 'port', 'containerPort', 'key'] as const;

function coversList(live: readonly unknown[], wished: readonly unknown[]): boolean {
  const key = KEYS.find((each) => wished.every((element) => isMap(element) && element[each] !== undefined));
  if (key === undefined)
    return live.length === wished.length && wished.every((element, i) => covers(live[i], element));
  return wished.every((element) => live.some((other) => covers(other, element)));
}

const QUANTITY = /^([0-9]+(?:\.[0-9]+)?)(m|[kMGTPE]i?)?$/;

const FACTORS: Readonly<Record<string, number>> = {
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  ki: 2 ** 10,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** The API server writes quantities its own way: 1024Mi as 1Gi, 0.5 as 500m. */
function isSameQuantity(live: unknown, wished: unknown): boolean {
  if (typeof live !== 'string' || typeof wished !== 'string') return false;
  const [a, b] = [amount(live), amount(wished)];
  return a !== undefined && a === b;
}

function amount(text: string): number | undefined {
  const [, number, suffix] = QUANTITY.exec(text) ?? [];
  return number === undefined
    ? undefined
    : Number(number) * (suffix === undefined ? 1 : (FACTORS[suffix] ?? Number.NaN));
}
