import type { PlannedDifference } from '../../../adaptor/data/planning/plan-rows.ts';
import { recordGate } from '../../records/record-gate.ts';
import { namedCollections } from '../../status/named-collection.ts';
import type { SignedInUser } from '../../users/roles.ts';
import type { ApiContext } from '../context.ts';

/** Differences that a run would make, as far as the user may see records and fields. */
export async function shownDifferences(
  { database: { crm }, links }: Pick<ApiContext, 'database' | 'links'>,
  user: SignedInUser,
  link: string,
  differences: readonly PlannedDifference[],
): Promise<readonly PlannedDifference[]> {
  const collections = namedCollections(links).filter((each) => each.link === link);
  const gates = new Map(await Promise.all(collections.map(async (each) => [each.collection, await recordGate(crm, user, each)] as const)));
  const shown = [];
  for (const difference of differences) {
    const gate = gates.get(difference.collection);
    if (gate !== undefined && (await gate.visible([difference.key])).length === 0) continue;
    shown.push(gate?.hides(difference.field) === true ? { ...difference, before: null, after: null } : difference);
  }
  return shown;
}
