import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool, PoolClient } from 'pg';
import { type AskCloud, type DifferenceKind, MAX_NAMED_KEYS, MAX_STATE_HASHES } from '../../../exchange/reconciliation.ts';
import { controlRow } from '../control-rows.ts';
import { recordMintedKeysOfTable } from '../extraction/minted-keys.ts';
import { typeOf } from '../extraction/collection-sql.ts';
import type { TableShape } from '../introspection.ts';
import { type CollectionPlan, columnOf } from '../plan.ts';
import { inTransaction } from '../pool.ts';
import type { Fence } from '../state/epoch.ts';
import type { Canonical } from './canonical-records.ts';
import { isTranslated } from './canonical-records.ts';
import { type Finding, classify } from './classify.ts';
import { findCandidates } from './find-candidates.ts';
import { agreedHash, readBuiltInHash } from './hashes.ts';
import { knownTypes, withCollection } from './open-canonical.ts';
import { findMoved, readCrmStates } from './record-states.ts';

/** A record that differs; no values. */
export interface Difference {
  /** On the wire. */
  readonly key: readonly string[];
  /** In the CRM's table; null where the CRM has none for it. */
  readonly localKey: readonly string[] | null;
  readonly kind: DifferenceKind;
  /** Fields that differ, of an altered record. */
  readonly fields: readonly string[];
  /** Of an extra record: proof that its key was once receipted. */
  readonly receipted: boolean;
  /** Of an extra record: it is offered with the next order already. */
  readonly offered: boolean;
}

/** What a comparison found. */
export interface Comparison {
  readonly hash: string;
  readonly crmRecords: number;
  readonly cloudRecords: number;
  readonly differences: readonly Difference[];
  /** Records that look different and only wait, by why. */
  readonly waiting: Readonly<Record<WaitingReason, number>>;
  /** Whether there are more differences than were asked for. */
  readonly truncated: boolean;
}

type WaitingReason = Extract<Finding, { as: 'waiting' }>['why'];

/** How a comparison is made. */
export interface ComparisonOptions {
  readonly maxDifferences: number;
  /** Wait before records on their way are looked at again. Default 400 ms: the pump needs less. */
  readonly lookAgainMs?: number;
  /** Told of each step, e.g. for a sign of life. */
  readonly onStep?: (step: string) => void;
  readonly signal?: AbortSignal;
}

/** Records on their way are looked at so often. */
const LOOKS = 5;
const LOOK_AGAIN_MS = 400;

/**
 * Compares a collection of the CRM with the cloud's, and names what differs. A record that looked different is judged by
 * states of it that belong together (see `judge`): what is on its way or waits for somebody is counted, and no difference.
 * Throws as `withCollection`, and what the cloud refuses.
 */
export async function compareCollection(pool: Pool, fence: Fence, plan: CollectionPlan, ask: AskCloud, options: ComparisonOptions): Promise<Comparison> {
  const tell = options.onStep ?? (() => {});
  if (plan.binding.identity.kind === 'linked') await inTransaction(pool, (client) => recordMintedKeysOfTable(client, plan));
  tell('negotiates');
  const agreed = await ask({ step: 'negotiate' });
  const candidates = await withCollection(pool, fence, plan, async ({ client, standing }) => {
    const canonical = await makeCanonical(client, plan, standing.shape, agreed);
    tell('compares');
    return { ...(await findCandidates(client, canonical, ask, options.maxDifferences)), canonical, source: standing.source.id };
  });
  const { canonical, source, crmRecords, cloudRecords, truncated } = candidates;
  const waiting: Record<WaitingReason, number> = { 'in-flight': 0, 'not-ordered-in': 0, 'set-aside': 0, filtered: 0 };
  const differences: Difference[] = [];
  let keys = candidates.keys;
  for (let look = 1; keys.length > 0; look++) {
    tell(`looks at ${keys.length} records`);
    const moving: (readonly string[])[] = [];
    for (const part of partsOf(keys, canonical)) {
      for (const one of await judge(pool, canonical, source, ask, part)) {
        if (one.finding.as === 'difference') differences.push({ ...one.told, kind: one.finding.kind, fields: one.finding.fields });
        if (one.finding.as !== 'waiting') continue;
        if (one.finding.why === 'in-flight' && look < LOOKS) moving.push(one.told.key);
        else waiting[one.finding.why]++;
      }
    }
    keys = moving;
    if (keys.length > 0) await sleep(options.lookAgainMs ?? LOOK_AGAIN_MS, undefined, options.signal === undefined ? {} : { signal: options.signal });
  }
  return { hash: canonical.hash, crmRecords, cloudRecords, differences, waiting, truncated };
}

/** Fields that both sides hold, the hash that both compute, and types that differ. */
async function makeCanonical(
  client: PoolClient,
  plan: CollectionPlan,
  shape: TableShape,
  agreed: Awaited<ReturnType<AskCloud>> & { readonly step: 'negotiate' },
): Promise<Canonical> {
  const held = new Map(agreed.fields.map(({ name, type }) => [name, type]));
  const fields = plan.definition.fields
    .map(({ name }) => name)
    .filter((name) => !plan.definition.key.includes(name) && held.has(name) && columnOf(plan, name) !== undefined);
  const other = fields.flatMap((name) => {
    const type = held.get(name);
    const own = typeOf(shape, columnOf(plan, name)?.column ?? '');
    return type == null || type === own || isTranslated(plan, name) ? [] : [[name, type] as const];
  });
  const known = await knownTypes(
    client,
    other.map(([, type]) => type),
  );
  return {
    plan,
    shape,
    hash: agreedHash(await readBuiltInHash(client), agreed),
    fields,
    otherTypes: new Map(other.filter(([, type]) => known.has(type))),
  };
}

/**
 * Judges records by states that belong together: the CRM's first, then the cloud's, then whether the CRM's changed meanwhile.
 * Where it did not, and every change that the CRM's first look saw was receipted by then, the cloud was asked about a record
 * that held all of that; what its users did since the last receipt of the CRM, it says itself.
 */
async function judge(pool: Pool, canonical: Canonical, source: number, ask: AskCloud, keys: readonly (readonly string[])[]) {
  const { plan, hash, fields } = canonical;
  const own = await inTransaction(pool, async (client) => {
    const channel = await controlRow<{ cursor: string | null }>(
      client,
      `SELECT cursor::text AS cursor FROM tidegate.channel WHERE link = $1 AND collection = $2 AND direction = 'forward'`,
      [plan.linkName, plan.definition.name],
    );
    return readCrmStates(client, canonical, { source, cursor: channel?.cursor ?? null }, keys);
  });
  const { states } = await ask({ step: 'states', hash, fields: [...fields], keys: keys.map((key) => [...key]) });
  const read = keys.map((key, i) => ({ key, snapshot: own[i]?.snapshot ?? '' }));
  const moved = await inTransaction(pool, (client) => findMoved(client, plan, source, read));
  return keys.flatMap((key, i) => {
    const [crm, cloud] = [own[i], states[i]];
    if (crm === undefined || cloud === undefined) return [];
    const finding = classify({ key, crm, cloud, moved: moved.has(i) }, fields, plan.binding.outOfScope === 'retract');
    return [{ finding, told: { key, localKey: crm.localKey, receipted: crm.receipted, offered: cloud.offered } }];
  });
}

/** Keys in parts whose answers fit. */
function partsOf(keys: readonly (readonly string[])[], { fields }: Canonical): readonly (readonly (readonly string[])[])[] {
  const size = Math.max(1, Math.min(MAX_NAMED_KEYS, Math.floor(MAX_STATE_HASHES / fields.length)));
  return Array.from({ length: Math.ceil(keys.length / size) }, (_, i) => keys.slice(i * size, (i + 1) * size));
}
