import fc from 'fast-check';
import { type Answer, type Api, type DrawnRequest, type Operation, requestsOf } from '../support/openapi.ts';

/** Values that some endpoint may stumble over, in the place of what it wants. */
export const hostileValues: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>('contacts', 'a reason', '2026-05-01', '2026-05-01T10:00:00Z', 'Europe/Berlin', 'FREQ=DAILY', true, null, 1, -1, 1e308, '', 0),
  fc.constantFrom<unknown>("' or 1=1 --", '=1+1', '<script>', '\u0000', '\uD800', 'x'.repeat(5000), ['contacts'], [{ value: 'a@b.example' }], {
    familyName: 'x',
  }),
  fc.constantFrom<unknown>([{ collection: 'contacts', key: ['x'] }], '9'.repeat(30), '0000-00-00', '+275760-09-13', 'infinity', 'NaN', '-0'),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.jsonValue({ maxDepth: 3 }),
);

/** A request as it is sent. */
export interface SentRequest {
  readonly who: string;
  readonly path: string;
  readonly body: string;
  readonly mediaType: string;
}

/**
 * Requests to an operation by one of some users: some as the document allows, most with one member altered, a part of
 * the path that is none, or a body that is no JSON.
 */
export function drawnRequests(api: Api, operation: Operation, users: readonly string[], known: Readonly<Record<string, string>>): fc.Arbitrary<SentRequest> {
  const whole = requestsOf(api, operation, known);
  const json = ({ body }: DrawnRequest): string => (body === undefined ? '' : JSON.stringify(body));
  const altered = fc.tuple(whole, fc.nat(), hostileValues, fc.constantFrom('__proto__', 'constructor', 'another')).map(([drawn, at, value, name]) => {
    const members = Object.keys((drawn.body ?? {}) as object);
    const body = { ...(drawn.body as object), [members[at % (members.length + 1)] ?? name]: value };
    return { path: drawn.path, body: JSON.stringify(body) };
  });
  const placed = fc
    .tuple(whole, fc.constantFrom('0', '-1', '9'.repeat(30), '%00', "'--", '..%2f', '%F0%9F', 'x'.repeat(150), 'A'.repeat(43), 'id'))
    .map(([drawn, part]) => ({ path: operation.path.replaceAll(/\{\w+\}/g, part), body: json(drawn) }));
  const asked = fc.tuple(whole, fc.string({ maxLength: 8 }), hostileValues).map(([drawn, name, value]) => {
    const search = new URLSearchParams([[name.toWellFormed(), (typeof value === 'string' ? value : (JSON.stringify(value) ?? '')).toWellFormed()]]);
    return { path: `${drawn.path}${drawn.path.includes('?') ? '&' : '?'}${search.toString()}`, body: json(drawn) };
  });
  const broken = fc
    .tuple(whole, fc.constantFrom('', '{', 'null', '[]', '"x"', `${'['.repeat(5000)}${']'.repeat(5000)}`, '{"version":1e999}'))
    .map(([drawn, body]) => ({ path: drawn.path, body }));
  return fc
    .record({
      who: fc.constantFrom(...users),
      sent: fc.oneof(
        { weight: 2, arbitrary: whole.map((drawn) => ({ path: drawn.path, body: json(drawn) })) },
        { weight: 3, arbitrary: altered },
        { weight: 1, arbitrary: placed },
        { weight: 1, arbitrary: asked },
        { weight: 1, arbitrary: broken },
      ),
      other: fc.constantFrom(
        ...Array.from({ length: 12 }, () => undefined),
        'text/plain',
        'application/x-www-form-urlencoded',
        'application/json; charset=utf-16',
      ),
    })
    .map(({ who, sent, other }) => ({ who, ...sent, mediaType: other ?? 'application/json' }));
}

/** Sends a drawn request over HTTP. */
export async function sendDrawn(origin: string, { method }: Operation, { path, body, mediaType }: SentRequest, cookie: string): Promise<Answer> {
  const carries = method !== 'GET' && body !== '';
  const answer = await fetch(`${origin}${path}`, {
    method,
    redirect: 'manual',
    headers: { cookie, ...(carries ? { 'content-type': mediaType } : {}) },
    ...(carries ? { body } : {}),
  });
  return { status: answer.status, mediaType: answer.headers.get('content-type')?.split(';')[0] ?? '', body: await answer.text() };
}
