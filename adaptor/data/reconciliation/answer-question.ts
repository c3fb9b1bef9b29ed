import type { Pool, PoolClient } from 'pg';
import { TidegateError } from '../../../exchange/errors.ts';
import { MAX_STATE_HASHES, type ReconciliationAnswer, type ReconciliationAsk } from '../../../exchange/reconciliation.ts';
import { typeOf } from '../extraction/collection-sql.ts';
import type { TableShape } from '../introspection.ts';
import { type CollectionPlan, columnOf } from '../plan.ts';
import type { Fence } from '../state/epoch.ts';
import { encodeSums, listBuckets, sumBuckets } from './buckets.ts';
import { type Canonical, isTranslated, requireFields } from './canonical-records.ts';
import { readBuiltInHash, requireHash } from './hashes.ts';
import { offerRecords, withdrawOffers } from './offers.ts';
import { knownTypes, withCollection } from './open-canonical.ts';
import { readCloudStates } from './record-states.ts';

/**
 * Answers one question about a collection, at the cloud. No answer holds a value. Throws `bad-request` (fields, hash or keys
 * that this store does not have), `too-large`, and as `withCollection` does.
 */
export async function answerQuestion(pool: Pool, fence: Fence, plan: CollectionPlan, ask: ReconciliationAsk): Promise<ReconciliationAnswer> {
  checkKeys(plan, ask);
  if (ask.step === 'offer') return { step: 'offer', offered: await offerRecords(pool, fence, plan, ask.records) };
  if (ask.step === 'withdraw') return { step: 'withdraw', withdrawn: await withdrawOffers(pool, fence, plan, ask.keys) };
  return withCollection(pool, fence, plan, async ({ client, standing }) => {
    const { shape, source, cursor } = standing;
    if (ask.step === 'negotiate') return { step: 'negotiate', ...(await readBuiltInHash(client)), fields: heldFields(plan, shape) };
    requireFields({ plan, fields: ask.fields });
    await requireHash(client, ask.hash);
    const canonical = {
      plan: await withKnownTypes(plan, client),
      shape,
      hash: ask.hash,
      fields: ask.fields,
      otherTypes: new Map<string, string>(),
    } satisfies Canonical;
    if (ask.step === 'sums') {
      const { records, sums } = await sumBuckets(client, canonical, ask.depth, ask.parents);
      return { step: 'sums', records, sums: encodeSums(sums) };
    }
    if (ask.step === 'list')
      return { step: 'list', records: [...(await listBuckets(client, canonical, ask.depth, ask.buckets))].map(({ key, hash }) => ({ key: [...key], hash })) };
    if (ask.keys.length * ask.fields.length > MAX_STATE_HASHES) throw new TidegateError('too-large', 'Too many hashes are asked for.');
    const states = await readCloudStates(client, canonical, { source: source.id, cursor }, ask.keys);
    return { step: 'states', states: states.map((state) => ({ ...state, hashes: [...state.hashes] })) };
  });
}

/** Fields of the definition that this store holds; the type where the CRM can make something of it. */
function heldFields(plan: CollectionPlan, shape: TableShape): { name: string; type: string | null }[] {
  return plan.definition.fields.flatMap(({ name }) => {
    const column = columnOf(plan, name)?.column;
    if (column === undefined) return [];
    return [{ name, type: isTranslated(plan, name) ? null : typeOf(shape, column) }];
  });
}

/** A type of the CRM that this store does not know is as good as its own: values stay as they are. */
async function withKnownTypes(plan: CollectionPlan, client: PoolClient): Promise<CollectionPlan> {
  const { fields } = plan.definition;
  const known = await knownTypes(client, [...new Set(fields.map(({ type }) => type))]);
  return { ...plan, definition: { ...plan.definition, fields: fields.map((field) => (known.has(field.type) ? field : { ...field, type: 'text' })) } };
}

function checkKeys(plan: CollectionPlan, ask: ReconciliationAsk): void {
  const keys = ask.step === 'offer' ? ask.records.map(({ key }) => key) : 'keys' in ask ? ask.keys : [];
  if (keys.some((key) => key.length !== plan.definition.key.length)) throw new TidegateError('key-invalid', undefined, { collection: plan.definition.name });
}
