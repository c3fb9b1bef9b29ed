import { readSwitchedOff } from '../../../adaptor/data/control/sync-options.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import type { Direction } from '../../../exchange/names.ts';
import type { SignedInUser } from '../../users/roles.ts';
import { readDeselected } from '../../users/deselected.ts';
import type { ApiContext, NamedLink } from '../context.ts';

/** What somebody asks for, of one link. */
export interface Coverage {
  readonly user: SignedInUser;
  readonly direction: Direction;
  readonly link: NamedLink;
  /** Empty: all that the user's button covers. */
  readonly named: readonly string[];
}

/**
 * Collections that a user's order covers: those that are named, or all that neither the user has deselected nor the company
 * switched off. An empty answer means all. Throws `collection-switched-off` where a named one, or every one, is out.
 */
export async function coveredCollections({ database }: Pick<ApiContext, 'database'>, { user, direction, link, named }: Coverage): Promise<readonly string[]> {
  const [deselected, switchedOff] = await Promise.all([readDeselected(database.crm, user.id), readSwitchedOff(database.pool, link.name, direction)]);
  const refuse = (collection: string | null, by: 'user' | 'company'): never => {
    const detail = by === 'user' ? 'You have taken it out of your Synchronise button.' : 'An administrator has switched it off.';
    throw new TidegateError('collection-switched-off', detail, { collection, by });
  };
  for (const collection of named) {
    if (switchedOff.has(collection)) refuse(collection, 'company');
    if (deselected.has(collection)) refuse(collection, 'user');
  }
  if (named.length > 0) return named;
  const all = link.collections.map(({ name }) => name);
  const covered = all.filter((name) => !deselected.has(name) && !switchedOff.has(name));
  if (covered.length === 0) refuse(null, all.some((name) => !switchedOff.has(name)) ? 'user' : 'company');
  return covered.length === all.length ? [] : covered;
}
