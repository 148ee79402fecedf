import { InvalidArgumentError, Option } from 'commander';
import { formatHostPort, type HostPort, parseHostPort } from './host-port.ts';

/** Where `bindings` and `status` ask if they are not told. */
export const DEFAULT_ADMIN: HostPort = { host: '127.0.0.1', port: 8080 };
const TIMEOUT_MS = 5_000;

/** Why the admin address of a running proxy told nothing of use. */
export interface Unanswered {
  readonly ok: false;
  readonly reason: string;
}

/** What it told, or why it did not. */
export type Answer = { readonly ok: true; readonly body: unknown } | Unanswered;

/** The option `--admin HOST:PORT`, whose default is the environment's MIDREG_ADMIN. */
export const adminOption = (description: string): Option =>
  new Option('--admin <host:port>', description).env('MIDREG_ADMIN').argParser((text) => {
    const address = parseHostPort(text);
    if (address === undefined)
      throw new InvalidArgumentError('It is to be HOST:PORT, as in 127.0.0.1:8080 or [::1]:8080.');
    return address;
  });

const unreachable = (address: string, error: unknown): string => {
  if (error instanceof Error && error.name === 'TimeoutError')
    return `${address} does not answer within ${TIMEOUT_MS / 1000} s`;
  return `nothing answers at ${address}; start the proxy with \`midreg run FILE --admin ${address}\`, or name its address with --admin or MIDREG_ADMIN`;
};

/** Asks the admin address of a running proxy for the JSON at `path`, or to change what is there. */
export async function askAdmin(
  admin: HostPort,
  path: string,
  method: 'GET' | 'DELETE' = 'GET',
): Promise<Answer> {
  const address = formatHostPort(admin);
  try {
    const response = await fetch(`http://${address}${path}`, {
      method,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await response.text();
    if (!response.ok)
      return {
        ok: false,
        reason:
          refusalIn(text) ??
          `${address} answered ${response.status} to ${method} ${path}; is it a midreg admin address?`,
      };
    return readJson(address, path, text);
  } catch (error) {
    return { ok: false, reason: unreachable(address, error) };
  }
}

/** Why an admin address does not tell, in its own words. */
function refusalIn(text: string): string | undefined {
  try {
    const { error } = JSON.parse(text) as { readonly error?: unknown };
    return typeof error === 'string' ? error : undefined;
  } catch {
    return undefined;
  }
}

const readJson = (address: string, path: string, text: string): Answer => {
  try {
    return { ok: true, body: JSON.parse(text) };
  } catch {
    return {
      ok: false,
      reason: `${address} answered GET ${path} with what is not JSON; is it a midreg admin address?`,
    };
  }
};
