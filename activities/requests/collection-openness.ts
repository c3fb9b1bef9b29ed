import { leftOutCode } from '../../adaptor/data/control/left-out.ts';
import type { Queryable } from '../../adaptor/data/pool.ts';
import { readChannels } from '../../adaptor/data/state/channel.ts';
import type { LinkSetup } from '../link-setup.ts';

/** Which collections of a link can be ordered now. */
export interface CollectionOpenness {
  /** Whether a request for these collections (empty: all) need not wait: one of them is open, or none is still to be loaded. */
  canServe(collections: readonly string[]): boolean;
}

/** Reads it from the forward channels: a collection opens with the first delta after its load (rule 10). */
export async function readOpenness(client: Queryable, { name, collections }: Pick<LinkSetup, 'name' | 'collections'>): Promise<CollectionOpenness> {
  const channels = await readChannels(client, name);
  const configured = collections.map(({ source }) => source.name);
  const states = new Map(
    configured.map((collection) => [collection, channels.find((channel) => channel.collection === collection && channel.direction === 'forward')?.state]),
  );
  return {
    canServe: (wanted) => {
      const names = (wanted.length === 0 ? configured : wanted).filter((collection) => states.has(collection));
      const codes = names.map((collection) => leftOutCode(states.get(collection)));
      return codes.includes(undefined) || !codes.includes('load-incomplete');
    },
  };
}
