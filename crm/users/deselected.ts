import type { PrismaClient } from '../../prisma/generated/crm/client.ts';

/** Collections that a user has taken out of their Synchronise buttons. */
export async function readDeselected(crm: PrismaClient, userId: string): Promise<ReadonlySet<string>> {
  const rows = await crm.deselectedCollection.findMany({ where: { userId }, select: { collection: true } });
  return new Set(rows.map(({ collection }) => collection));
}

/** Takes a collection out of a user's Synchronise buttons, or puts it back. */
export async function writeSelected(crm: PrismaClient, userId: string, collection: string, selected: boolean): Promise<void> {
  const userId_collection = { userId, collection };
  if (selected) await crm.deselectedCollection.deleteMany({ where: userId_collection });
  else await crm.deselectedCollection.upsert({ where: { userId_collection }, create: userId_collection, update: {} });
}
