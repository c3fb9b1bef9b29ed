import { TidegateError } from '../../exchange/errors.ts';
import type { StackOptions } from './options.ts';

/** A store as the guard sees it. */
export interface GuardedStore {
  readonly embedded: boolean;
  readonly database: string;
}

/**
 * Refuses what could harm real data: reset, sample data, a whole cycle and cloud edits need an embedded store, or its
 * database named in so many words. Throws `store-not-embedded`.
 */
export function guardRealStores(stores: readonly GuardedStore[], options: Pick<StackOptions, 'once' | 'reset' | 'sample' | 'databases'>): void {
  const acts = [options.reset ? '--reset' : '', options.once ? '--once' : '', options.sample ? 'sample data' : ''].filter((act) => act !== '');
  if (acts.length === 0) return;
  for (const store of stores) {
    if (store.embedded || options.databases.includes(store.database)) continue;
    throw new TidegateError(
      'store-not-embedded',
      `Database "${store.database}" is not embedded: ${acts.join(', ')} refused. Use --no-sample, or --database ${store.database} if you mean it.`,
      {
        database: store.database,
      },
    );
  }
}
