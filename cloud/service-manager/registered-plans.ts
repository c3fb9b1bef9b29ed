import { z } from 'zod';
import { controlRows, preparedRow } from '../../adaptor/data/control-rows.ts';
import { type CollectionPlan, makePlan } from '../../adaptor/data/plan.ts';
import type { Queryable } from '../../adaptor/data/pool.ts';
import { type CollectionDefinition, collectionDefinitionSchema } from '../../exchange/collection.ts';
import { TidegateError } from '../../exchange/errors.ts';
import { type LinkIdentity, type LinkName, linkName, parseLinkName } from '../../exchange/names.ts';
import { placementOf } from './placement.ts';

interface CurrentRegistration {
  readonly link: LinkName;
  readonly hash: string;
  readonly definition: unknown;
}

const CURRENT = `
  SELECT c.link, r.hash, r.definition
    FROM tidegate.channel c
    JOIN tidegate.registration r ON r.link = c.link AND r.collection = c.collection AND r.hash = c.schema_hash
   WHERE c.direction = 'forward'`;

/** Definitions are read at every request and change hardly ever: parsed once, by link and hash. */
const parsed = new Map<string, CollectionPlan>();
const MAX_PARSED = 1000;

/** The plan of a collection of a link, by the definition that is registered now. Throws `collection-unknown`. */
export async function registeredPlan(client: Queryable, link: LinkIdentity, collection: string): Promise<CollectionPlan> {
  const row = await preparedRow<CurrentRegistration>(client, `${CURRENT} AND c.link = $1 AND c.collection = $2`, [linkName(link), collection]);
  if (row === undefined) throw new TidegateError('collection-unknown', 'It is not registered.', { link: linkName(link), collection });
  return planOf(row);
}

/** The plans of all collections that are registered now, of one link or of all. */
export async function registeredPlans(client: Queryable, link?: LinkIdentity): Promise<readonly CollectionPlan[]> {
  const rows = await controlRows<CurrentRegistration>(
    client,
    link === undefined ? CURRENT : `${CURRENT} AND c.link = $1`,
    link === undefined ? [] : [linkName(link)],
  );
  return rows.map(planOf);
}

/** The plan of a definition in this cloud. */
export function cloudPlan(link: LinkIdentity, definition: CollectionDefinition): CollectionPlan {
  return makePlan({ link, side: 'cloud', definition, binding: placementOf(link, definition).binding });
}

function planOf({ link, hash, definition }: CurrentRegistration): CollectionPlan {
  const name = `${link}\n${hash}`;
  const known = parsed.get(name);
  if (known !== undefined) return known;
  const plan = cloudPlan(parseLinkName(link), z.parse(collectionDefinitionSchema, definition));
  if (parsed.size >= MAX_PARSED) parsed.clear();
  parsed.set(name, plan);
  return plan;
}
