import { COLLECTION_STANDING, type CollectionStanding } from '../../adaptor/data/control/collection-standing.ts';
import type { PrismaClient } from '../../prisma/generated/control/client.ts';
import type { NamedCollection } from './named-collection.ts';

/** Reads the state of collections in one statement, in their order. */
export async function readCollectionStatus(control: PrismaClient, collections: readonly NamedCollection[]): Promise<CollectionStanding[]> {
  const column = (name: keyof NamedCollection): string[] => collections.map((each) => String(each[name]));
  return control.$queryRawUnsafe<CollectionStanding[]>(COLLECTION_STANDING, column('link'), column('collection'), column('schema'), column('table'));
}
