import { TidegateError } from '../../exchange/errors.ts';

/** What a batched look-up is made of. */
export interface BatchedLookupOptions<V> {
  /** Finds the values of some ids with one query; ids without a value are left out. */
  readonly query: (ids: readonly string[]) => Promise<ReadonlyMap<string, V>>;
  /** Greatest number of different ids that wait for the next query. More are refused without a query, unless they were found before. */
  readonly maxWaiting: number;
}

/**
 * Looks ids up with at most one query at a time: what is asked while one runs waits for the next, all together. However
 * many ids are thrown at it, the database sees one small query, and nothing is remembered: a revocation holds from the
 * next look-up on, and an id that was just registered is found.
 */
export function batchedLookup<V>({ query, maxWaiting }: BatchedLookupOptions<V>): (id: string) => Promise<V | undefined> {
  let waiting = new Map<string, PromiseWithResolvers<V | undefined>>();
  let running = false;
  // Only what is registered gets in here, so it stays small; it holds back nobody's look-up, it only lets known ids pass a flood.
  const foundBefore = new Set<string>();

  async function runAll(): Promise<void> {
    running = true;
    // What is asked in the same breath goes together.
    await Promise.resolve();
    while (waiting.size > 0) {
      const batch = waiting;
      waiting = new Map();
      try {
        const found = await query([...batch.keys()]);
        for (const id of found.keys()) foundBefore.add(id);
        for (const [id, { resolve }] of batch) resolve(found.get(id));
      } catch (error) {
        for (const { reject } of batch.values()) reject(error);
      }
    }
    running = false;
  }

  return (id) => {
    const present = waiting.get(id);
    if (present !== undefined) return present.promise;
    if (waiting.size >= maxWaiting && !foundBefore.has(id))
      return Promise.reject(new TidegateError('key-unknown', 'Too many unknown ids are being looked up.'));
    const promised = Promise.withResolvers<V | undefined>();
    waiting.set(id, promised);
    if (!running) void runAll();
    return promised.promise;
  };
}
