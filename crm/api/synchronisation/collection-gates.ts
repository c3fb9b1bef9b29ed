import type { NamedCollection } from '../../status/named-collection.ts';
import { type GatedCollection, type RecordGate, recordGate } from '../../records/record-gate.ts';
import type { ActingUser } from '../../as-user.ts';
import type { ApiContext } from '../context.ts';

/** Which collection of which link a row of the control plane is about. */
interface OfCollection {
  readonly link: string;
  readonly collection: string;
}

/** What a user may be told, by collection: that of one which is configured no more is open. */
export type CollectionGates = (of: OfCollection) => RecordGate;

/** The gates of collections for a user (crm/records/record-gate.ts). */
export async function collectionGates(
  crm: ApiContext['database']['crm'],
  user: ActingUser,
  collections: readonly (NamedCollection & GatedCollection)[],
): Promise<CollectionGates> {
  const open = await recordGate(crm, user, undefined);
  const gates = new Map(await Promise.all(collections.map(async (each) => [nameOf(each), await recordGate(crm, user, each)] as const)));
  return (of) => gates.get(nameOf(of)) ?? open;
}

/** Those of some rows whose records the user may see, in their order; one question for each collection. */
export async function visibleRows<Row extends OfCollection & { readonly key: readonly string[] }>(
  gates: CollectionGates,
  rows: readonly Row[],
): Promise<readonly Row[]> {
  const seen = new Set<Row>();
  for (const some of Map.groupBy(rows, nameOf).values()) {
    const [first] = some;
    const keys = new Set(first === undefined ? [] : await gates(first).visible(some.map(({ key }) => key)));
    for (const row of some) if (keys.has(row.key)) seen.add(row);
  }
  return rows.filter((row) => seen.has(row));
}

const nameOf = ({ link, collection }: OfCollection): string => `${link} ${collection}`;
