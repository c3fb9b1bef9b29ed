import { z } from 'zod';
import { ERROR_CATALOGUE } from '../../exchange/error-catalogue.ts';
import { TidegateError, isErrorCode } from '../../exchange/errors.ts';

const fact = z.union([z.string().max(1000), z.number(), z.boolean(), z.null(), z.array(z.string().max(1000)).max(1000)]);

/** What is believed of a problem document (RFC 9457): the other side may send anything. */
const problemSchema = z.object({ code: z.string(), detail: z.string().max(4000).default(''), facts: z.record(z.string().max(100), fact).default({}) });

/** What the other side says of waiting is believed up to a quarter of an hour. */
const MAX_WAIT_SECONDS = 900;

/**
 * The error that an answer with status >= 300 stands for: the problem document's own code if it is in the catalogue,
 * else by status: what a proxy says while the producer restarts is `connection-failed`, where it sees too much `too-many-requests`, all else
 * `unexpected`. Where the answer says when to ask again (`Retry-After`, RFC 9110), the fact `retryAfterSeconds` does. Redirects are not followed.
 */
export function errorOfAnswer(status: number, body: string, retryAfter?: string): TidegateError {
  const wait = waitSeconds(retryAfter);
  const told = { status, ...(wait === undefined ? {} : { retryAfterSeconds: wait }) };
  const problem = problemSchema.safeParse(parseJson(body));
  if (problem.success && isErrorCode(problem.data.code)) {
    const { code, detail, facts } = problem.data;
    const { title } = ERROR_CATALOGUE[code];
    const own = detail.startsWith(title) ? detail.slice(title.length).trim() : detail;
    return new TidegateError(code, own === '' ? undefined : own, { ...facts, ...told });
  }
  if (status === 429) return new TidegateError('too-many-requests', 'Something before the producer says so.', told);
  if ([502, 503, 504].includes(status)) return new TidegateError('connection-failed', `Something before the producer answered ${status}.`, told);
  return new TidegateError('unexpected', `The producer answered ${status} without a problem document.`, told);
}

/** Seconds of a `Retry-After`: a number of them, or a date. */
function waitSeconds(retryAfter: string | undefined): number | undefined {
  if (retryAfter === undefined) return undefined;
  const seconds = /^\d{1,10}$/.test(retryAfter) ? Number(retryAfter) : Math.ceil((Date.parse(retryAfter) - Date.now()) / 1000);
  return Number.isNaN(seconds) ? undefined : Math.min(Math.max(seconds, 1), MAX_WAIT_SECONDS);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
