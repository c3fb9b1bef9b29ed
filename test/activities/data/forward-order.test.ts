import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plansFor, relatedCollections } from '../../../activities/data/forward-order.ts';
import type { CollectionPlan } from '../../../adaptor/data/plan.ts';

/** A plan as far as order goes: its name, and the collections that its records refer to. */
const plan = (name: string, ...parents: string[]) =>
  ({ definition: { name, key: ['id'], fields: [], references: parents.map((collection) => ({ fields: ['x'], collection })) } }) as unknown as CollectionPlan;
const names = (plans: readonly CollectionPlan[]) => plans.map(({ definition }) => definition.name);

/** Collections of a link, parents first as configuration puts them; each refers to some of those before it, perhaps to itself. */
const plansArbitrary = fc
  .array(fc.array(fc.nat(), { maxLength: 3 }), { minLength: 1, maxLength: 8 })
  .map((references) => references.map((before, n) => plan(`c${n}`, ...new Set(before.map((parent) => `c${parent % (n + 1)}`)))));

/** All that a collection's records may refer to, directly or not. */
function ancestors(plans: readonly CollectionPlan[], name: string, found = new Set<string>()): ReadonlySet<string> {
  const one = plans.find(({ definition }) => definition.name === name);
  for (const { collection } of one?.definition.references ?? []) {
    if (found.has(collection) || collection === name) continue;
    found.add(collection);
    ancestors(plans, collection, found);
  }
  return found;
}

describe('collections that a cycle looks at', () => {
  it('are those with changes and all that their records may refer to, and no others', () => {
    fc.assert(
      fc.property(plansArbitrary, fc.array(fc.nat(), { maxLength: 3 }), (plans, picked) => {
        const pending = new Set(picked.map((n) => `c${n % plans.length}`));
        const wanted = new Set([...pending].flatMap((name) => [name, ...ancestors(plans, name)]));
        expect(new Set(names(plansFor(plans, pending)))).toEqual(wanted);
      }),
    );
  });

  it('stay parents first: a child that goes before its parent would be set aside at the cloud', () => {
    fc.assert(
      fc.property(plansArbitrary, (plans) => {
        const all = names(plans);
        const seen = names(plansFor(plans, new Set([all.at(-1)!])));
        expect(seen).toEqual(all.filter((name) => seen.includes(name)));
      }),
    );
  });

  it('are none where nothing has changed, and none for a collection that does not take part', () => {
    const plans = [plan('accounts'), plan('contacts', 'accounts')];
    expect(plansFor(plans, new Set())).toEqual([]);
    expect(plansFor(plans, new Set(['tasks']))).toEqual([]);
  });
});

describe('collections whose deletes travel apart from their other changes', () => {
  it('are those that refer to another one, and those that are referred to', () => {
    const plans = [plan('accounts'), plan('contacts', 'accounts'), plan('notes')];
    expect(relatedCollections(plans)).toEqual(new Set(['contacts', 'accounts']));
  });

  it('are none that refer only to themselves, or to a collection that does not take part', () => {
    expect(relatedCollections([plan('accounts', 'accounts'), plan('tasks', 'projects')])).toEqual(new Set());
  });
});
