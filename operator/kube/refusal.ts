import { ApiError } from './call.ts';
import { textOf } from './text.ts';
import type { RawAnswer } from './transport.ts';

/** More of an error's answer is not read: what says why is short. */
const MAX_BYTES = 1 << 16;
/** Of what is not from the API server itself, but from something before it. */
const MAX_FOREIGN = 300;

/** What an answer other than 2xx says. */
export async function refusalOf({ status, headers, body }: RawAnswer): Promise<ApiError> {
  const { reason, message } = statusIn(await textOf(body, MAX_BYTES));
  return new ApiError(
    status,
    reason,
    message || `the API server answered ${status}`,
    waitOf(headers['retry-after']),
  );
}

/** RFC 9110 §10.2.3; as a date it is of no use without the server's clock, and API servers send none. */
function waitOf(header: string | readonly string[] | undefined): number | undefined {
  const seconds = typeof header === 'string' && header !== '' ? Number(header) : Number.NaN;
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined;
}

function statusIn(text: string): { readonly reason: string; readonly message: string } {
  try {
    const { reason, message } = JSON.parse(text) as { reason?: unknown; message?: unknown };
    return {
      reason: typeof reason === 'string' ? reason : '',
      message: typeof message === 'string' ? message : '',
    };
  } catch {
    return { reason: '', message: text.trim().slice(0, MAX_FOREIGN) };
  }
}
