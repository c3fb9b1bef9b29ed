import { QueryObserver } from '@tanstack/react-query';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TidegateError } from '../../../../exchange/errors.ts';
import { toProblem } from '../../../../exchange/problem.ts';
import { codeOf } from '../../../support/code-of.ts';
import { readAs } from '../../../support/page-reader.ts';

readAs({ languages: ['en'] });
const { readSession, signIn, signOut } = await import('../../../../crm/page/src/session/session.ts');
const { KEYS, queryClient } = await import('../../../../crm/page/src/api/query-client.ts');
const { isGoing, letGo, readAgain, takeBack } = await import('../../../../crm/page/src/api/going-records.ts');
const { errorText } = await import('../../../../crm/page/src/app/say-error.ts');

const UWE = { email: 'uwe@crm.example', name: 'Uwe', role: 'user', mustChangePassword: false };
const ownFetch = globalThis.fetch;
let asked: string[];

/** Answers of the API by method and path; a code is a refusal. */
function answering(answers: Readonly<Record<string, object | TidegateError>>): void {
  globalThis.fetch = async (path, init) => {
    const question = `${init?.method} ${String(path)}`;
    asked.push(question);
    const answer = answers[question] ?? new TidegateError('path-unknown');
    if (answer instanceof TidegateError) {
      const problem = toProblem(answer);
      return Response.json(problem, { status: problem.status });
    }
    return Object.keys(answer).length === 0 ? new Response(null, { status: 204 }) : Response.json(answer);
  };
}
beforeEach(() => {
  asked = [];
  queryClient.clear();
});
afterEach(() => {
  queryClient.clear();
  globalThis.fetch = ownFetch;
});

describe('who is signed in', () => {
  it('is read, and nobody is no error', async () => {
    answering({ 'GET /api/session': { user: UWE } });
    expect(await readSession()).toEqual(UWE);
    answering({ 'GET /api/session': new TidegateError('not-signed-in') });
    expect(await readSession()).toBeNull();
  });

  it('is not taken for nobody where the server could not say', async () => {
    answering({ 'GET /api/session': new TidegateError('database-unavailable') });
    expect(await codeOf(readSession())).toBe('database-unavailable');
  });

  it('is known once the door was opened, and not where it was not', async () => {
    answering({ 'POST /api/session': { user: UWE } });
    await signIn('uwe@crm.example', 'correct horse battery');
    expect(queryClient.getQueryData([KEYS.session])).toEqual(UWE);
    queryClient.clear();
    answering({ 'POST /api/session': new TidegateError('sign-in-failed') });
    expect(await codeOf(signIn('uwe@crm.example', 'wrong'))).toBe('sign-in-failed');
    expect(queryClient.getQueryData([KEYS.session])).toBeUndefined();
  });

  it('leaves nothing behind for the next one at this browser', async () => {
    queryClient.setQueryData([KEYS.session], UWE);
    queryClient.setQueryData([KEYS.records, 'contacts', {}], { rows: [{ id: 'c1' }] });
    queryClient.setQueryData(['accounts', 'list'], [UWE]);
    answering({ 'DELETE /api/session': {} });
    await signOut();
    expect(queryClient.getQueryData([KEYS.session])).toBeNull();
    expect(
      queryClient
        .getQueryCache()
        .getAll()
        .map(({ queryKey }) => queryKey),
    ).toEqual([[KEYS.session]]);
  });

  it('stays signed in where signing out did not reach the server', async () => {
    queryClient.setQueryData([KEYS.session], UWE);
    answering({ 'DELETE /api/session': new TidegateError('database-unavailable') });
    expect(await codeOf(signOut())).toBe('database-unavailable');
    expect(queryClient.getQueryData([KEYS.session])).toEqual(UWE);
  });

  it('is nobody as soon as any answer says that the session is over', async () => {
    queryClient.setQueryData([KEYS.session], UWE);
    const refuse = async (error: TidegateError) => {
      throw error;
    };
    const read = (error: TidegateError) => codeOf(queryClient.fetchQuery({ queryKey: [KEYS.records, error.code], queryFn: () => refuse(error), retry: false }));
    await read(new TidegateError('not-allowed'));
    expect(queryClient.getQueryData([KEYS.session])).toEqual(UWE);
    await read(new TidegateError('not-signed-in'));
    expect(queryClient.getQueryData([KEYS.session])).toBeNull();
  });
});

describe('a read that failed', () => {
  const tries = async (error: unknown): Promise<number> => {
    let count = 0;
    const retry = queryClient.getDefaultOptions().queries?.retry as (failures: number, error: unknown) => boolean;
    while (retry(count, error)) count++;
    return count;
  };

  it('is tried again where that may help, and not where it was refused', async () => {
    expect(await tries(new TidegateError('database-unavailable'))).toBe(2);
    expect([await tries(new TidegateError('not-allowed')), await tries(new TidegateError('record-not-found')), await tries(new Error('bug'))]).toEqual([
      0, 0, 0,
    ]);
  });
});

describe('a record that is being deleted', () => {
  const key = (id: string): readonly string[] => [KEYS.records, 'contacts', 'one', id];

  it('is not read any more, until it is there to stay', async () => {
    await letGo('c1');
    expect([isGoing(key('c1')), isGoing(key('c2')), isGoing([KEYS.records, 'contacts', {}])]).toEqual([true, false, false]);
    takeBack('c1');
    expect(isGoing(key('c1'))).toBe(false);
  });

  it('is left out when the server says that records have changed', async () => {
    const read: string[] = [];
    const watch = (queryKey: readonly string[]) =>
      new QueryObserver(queryClient, { queryKey, queryFn: () => (read.push(queryKey.join('/')), { id: 'x' }), staleTime: Infinity }).subscribe(() => undefined);
    const stops = [watch(key('c1')), watch(key('c2')), watch([KEYS.history, 'story', 'contacts', 'c1']), watch([KEYS.status, 'all'])];
    await Promise.all(
      queryClient
        .getQueryCache()
        .getAll()
        .map((query) => query.promise),
    );
    read.length = 0;
    await letGo('c1');
    readAgain([KEYS.records, KEYS.history]);
    expect(read).toEqual(['records/contacts/one/c2']);
    takeBack('c1');
    for (const stop of stops) stop();
  });

  it('whose read is on its way is given up', async () => {
    let given = false;
    const reading = queryClient.fetchQuery({
      queryKey: key('c3'),
      queryFn: ({ signal }) => new Promise((_resolve, reject) => signal.addEventListener('abort', () => ((given = true), reject(new Error('given up'))))),
      retry: false,
    });
    const ended = reading.catch(() => 'given up');
    await letGo('c3');
    expect([await ended, given]).toEqual(['given up', true]);
    takeBack('c3');
  });
});

it('what an error means is told in the page’s words, of either list', () => {
  expect(errorText(new TidegateError('temporal-unavailable'))).toMatch(/job scheduler/);
  expect(errorText(new TidegateError('already-decided'))).toBe('It was decided before.');
  expect(errorText(new TidegateError('connection-failed'))).toMatch(/The CRM cannot be reached/);
});
