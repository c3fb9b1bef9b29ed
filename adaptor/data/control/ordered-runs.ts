import { type Books, booksSchema } from '../../../exchange/books.ts';
import { reverseMessageClaimsSchema } from '../../../exchange/claims.ts';
import { controlRows } from '../control-rows.ts';
import type { Queryable } from '../pool.ts';

/** A reverse run that served a request, with the books of what it brought. */
export interface OrderedRun {
  readonly id: string;
  readonly state: string;
  readonly books: Books;
}

/** Reverse runs that may come between a request and those that serve it. */
const MAX_RUNS_BETWEEN = 20;

const RUNS = `
  select r.id, r.state, m.jws,
         jsonb_build_object('offered', r.offered, 'applied', r.applied, 'unchanged', r.unchanged, 'conflicted', r.conflicted,
                            'quarantined', r.quarantined, 'filtered', r.filtered) as books
    from tidegate.sync_request q
    join tidegate.run r on r.link = q.link and r.direction = 'reverse' and r.started_at >= q.created_at
    join tidegate.reverse_message m on m.id = r.message_id
   where q.id = $1
   order by r.started_at
   limit ${MAX_RUNS_BETWEEN}`;

/** The reverse runs that served a request: their messages name it. More than one where a message ran out, or a load was waited for. */
export async function readOrderedRuns(client: Queryable, requestId: string): Promise<readonly OrderedRun[]> {
  const rows = await controlRows<{ id: string; state: string; jws: string; books: unknown }>(client, RUNS, [requestId]);
  return rows.flatMap(({ id, state, jws, books }) => (requestsNamedIn(jws).includes(requestId) ? [{ id, state, books: booksSchema.parse(books) }] : []));
}

/** Ids of the requests that a message serves. Its signature was verified before it was carried out; here it is only read. */
export function requestsNamedIn(jws: string): readonly string[] {
  try {
    const payload: unknown = JSON.parse(Buffer.from(jws.split('.')[1] ?? '', 'base64url').toString('utf8'));
    return reverseMessageClaimsSchema.pick({ requests: true }).loose().parse(payload).requests;
  } catch {
    return [];
  }
}
