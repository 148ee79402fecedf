import { isIPv6 } from 'node:net';
import { type ProxyReport, readReport } from '../proxy-report.ts';
import { ADMIN_PORT } from '../render/pod.ts';

/** A pod that takes longer is looked at again soon. */
const TIMEOUT_MS = 2000;

/** No status is longer. */
const MAX_BYTES = 256 * 1024;

/** Asks the proxy in the pod with that IP address how it fares; undefined where it does not answer. Never rejects. */
export async function askProxy(
  ip: string,
  port = ADMIN_PORT,
  timeoutMs = TIMEOUT_MS,
): Promise<ProxyReport | undefined> {
  const host = isIPv6(ip) ? `[${ip}]` : ip;
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    const response = await fetch(`http://${host}:${port}/v1/status`, { signal, redirect: 'error' });
    if (response.body === null) return undefined;
    if (!response.ok) {
      await response.body.cancel();
      return undefined;
    }
    const text = await shortText(response.body);
    return text === undefined ? undefined : readReport(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** The text of a stream; undefined where it is longer than it may be. */
async function shortText(body: AsyncIterable<Uint8Array>): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > MAX_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
