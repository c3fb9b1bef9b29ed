import { describe, expect, it } from 'vitest';
import { batchedLookup } from '../../../adaptor/auth/batched-lookup.ts';
import { codeOf } from '../../support/code-of.ts';

/** A look-up whose queries are answered by the test, one after the other. */
function held(maxWaiting = 100) {
  const queries: { ids: readonly string[]; answer: (values: Record<string, number>) => void; fail: (error: Error) => void }[] = [];
  const find = batchedLookup<number>({
    maxWaiting,
    query: (ids) =>
      new Promise((resolve, reject) => {
        queries.push({ ids, answer: (values) => resolve(new Map(Object.entries(values))), fail: reject });
      }),
  });
  return { find, queries };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('a batched look-up', () => {
  it('asks for what comes in one breath together, and for what comes meanwhile too', async () => {
    const { find, queries } = held();
    const a = find('a');
    await turn();
    const [b, c, again] = [find('b'), find('c'), find('b')];
    expect(queries.map((q) => q.ids)).toEqual([['a']]);
    queries[0]?.answer({ a: 1 });
    expect(await a).toBe(1);
    await turn();
    expect(queries.map((q) => q.ids)).toEqual([['a'], ['b', 'c']]);
    queries[1]?.answer({ b: 2 });
    expect(await Promise.all([b, c, again])).toEqual([2, undefined, 2]);
  });

  it('asks again for an id whose query is already on its way: its answer may be older than the request', async () => {
    const { find, queries } = held();
    const before = find('a');
    await turn();
    const after = find('a');
    await turn();
    queries[0]?.answer({ a: 1 });
    expect(await before).toBe(1);
    await turn();
    queries[1]?.answer({});
    expect(await after).toBeUndefined();
  });

  it('fails those that waited for a query that failed, and no others', async () => {
    const { find, queries } = held();
    const a = find('a');
    await turn();
    const b = find('b');
    queries[0]?.fail(new Error('gone'));
    await expect(a).rejects.toThrow('gone');
    await turn();
    queries[1]?.answer({ b: 2 });
    expect(await b).toBe(2);
  });

  it('refuses what exceeds its bound, and goes on afterwards', async () => {
    const { find, queries } = held(2);
    const asked = [codeOf(find('a'))];
    await turn();
    asked.push(...['b', 'c', 'd', 'e'].map((id) => codeOf(find(id))));
    queries[0]?.answer({});
    await turn();
    queries[1]?.answer({});
    expect(await Promise.all(asked)).toEqual(['accepted', 'accepted', 'accepted', 'key-unknown', 'key-unknown']);
    const later = find('d');
    await turn();
    queries[2]?.answer({ d: 4 });
    expect(await later).toBe(4);
  });

  it('lets an id through a flood that was found before', async () => {
    const { find, queries } = held(2);
    const known = find('known');
    await turn();
    queries[0]?.answer({ known: 1 });
    expect(await known).toBe(1);
    const flood = [codeOf(find('a'))];
    await turn();
    flood.push(...['b', 'c', 'd'].map((id) => codeOf(find(id))));
    const still = find('known');
    queries[1]?.answer({});
    await turn();
    queries[2]?.answer({ known: 1 });
    expect(await still).toBe(1);
    expect(await Promise.all(flood)).toEqual(['accepted', 'accepted', 'accepted', 'key-unknown']);
  });
});
