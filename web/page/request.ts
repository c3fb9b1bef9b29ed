import { isErrorCode, TidegateError } from '../../exchange/errors.ts';
import { type Problem } from '../../exchange/problem.ts';

/** Asks the API. Throws the TidegateError that it answers with; `connection-failed` where it cannot be reached. A `signal` gives the answer up. */
export async function request<T>(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const init: RequestInit = { method, headers: { accept: 'application/json' }, ...(signal === undefined ? {} : { signal }) };
  if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers = { ...init.headers, 'content-type': 'application/json' };
  }
  let response: Response;
  try {
    response = await fetch(`/api/${path}`, init);
  } catch (cause) {
    if (signal?.aborted === true) throw cause;
    throw new TidegateError('connection-failed', undefined, {}, { cause });
  }
  if (response.status === 204) return undefined as T;
  const answer: unknown = await response.json().catch(() => null);
  if (response.ok) return answer as T;
  const { code = '', facts = {} } = (answer ?? {}) as Partial<Problem>;
  throw new TidegateError(isErrorCode(code) ? code : 'unexpected', undefined, facts);
}

/** A query string of what is given; lists stand several times. */
export function queryString(parameters: Readonly<Record<string, string | number | readonly string[] | undefined>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value === undefined || value === '') continue;
    for (const item of Array.isArray(value) ? value : [value]) query.append(name, String(item));
  }
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}
