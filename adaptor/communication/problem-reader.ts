import { z } from 'zod';
import { ERROR_CATALOGUE } from '../../exchange/error-catalogue.ts';
import { TidegateError, isErrorCode } from '../../exchange/errors.ts';

const fact = z.union([z.string().max(1000), z.number(), z.boolean(), z.null(), z.array(z.string().max(1000)).max(1000)]);

/** What is believed of a problem document (RFC 9457): the other side may send anything. */
const problemSchema = z.object({ code: z.string(), detail: z.string().max(4000).default(''), facts: z.record(z.string().max(100), fact).default({}) });

/**
 * The error that an answer with status >= 300 stands for: the problem document's own code if it is in the catalogue,
 * else by status: what a proxy says while the producer restarts is `connection-failed`, all else `unexpected`. Redirects are not followed.
 */
export function errorOfAnswer(status: number, body: string): TidegateError {
  const problem = problemSchema.safeParse(parseJson(body));
  if (problem.success && isErrorCode(problem.data.code)) {
    const { code, detail, facts } = problem.data;
    const { title } = ERROR_CATALOGUE[code];
    const own = detail.startsWith(title) ? detail.slice(title.length).trim() : detail;
    return new TidegateError(code, own === '' ? undefined : own, { ...facts, status });
  }
  if ([429, 502, 503, 504].includes(status)) return new TidegateError('connection-failed', `Something before the producer answered ${status}.`, { status });
  return new TidegateError('unexpected', `The producer answered ${status} without a problem document.`, { status });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
