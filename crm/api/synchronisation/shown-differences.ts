import type { PlannedDifference } from '../../../adaptor/data/planning/plan-rows.ts';
import { namedCollections } from '../../status/named-collection.ts';
import type { SignedInUser } from '../../users/roles.ts';
import type { ApiContext } from '../context.ts';
import { collectionGates, visibleRows } from './collection-gates.ts';

/** Differences that a run would make, as far as the user may see records and fields. */
export async function shownDifferences(
  { database: { crm }, links }: Pick<ApiContext, 'database' | 'links'>,
  user: SignedInUser,
  link: string,
  differences: readonly PlannedDifference[],
): Promise<readonly PlannedDifference[]> {
  const collections = namedCollections(links).filter((each) => each.link === link);
  const gates = await collectionGates(crm, user, collections);
  const shown = await visibleRows(
    gates,
    differences.map((difference) => ({ ...difference, link })),
  );
  return shown.map(({ link: of, ...difference }) =>
    gates({ link: of, collection: difference.collection }).hides(difference.field) ? { ...difference, before: null, after: null } : difference,
  );
}
