import { randomUUID } from 'node:crypto';
import { controlRow, controlRows } from '../../../../adaptor/data/control-rows.ts';
import { acceptRelease } from '../../../../adaptor/data/control/releases.ts';
import { applyRelease } from '../../../../adaptor/data/release/apply-release.ts';
import { readSubject } from '../../../../adaptor/data/release/read-subject.ts';
import { contentDigest, releaseOrder } from '../../../../adaptor/data/release/released-record.ts';
import type { ReleaseAct, ReleaseClaims, ReleaseOutcome } from '../../../../exchange/release.ts';
import type { TwoStores } from '../../../support/two-stores.ts';

/** A decision about a row, as a test takes it. */
export interface TestDecision {
  readonly act: ReleaseAct;
  readonly subject: number;
  readonly values?: Readonly<Record<string, string | null>>;
  /** Which collection the row is of. */
  readonly at?: number;
}

/** The claims that the CRM would sign for a decision; no signature is made. */
export async function claimsFor(
  stores: TwoStores,
  { act, subject, values, at = 0 }: TestDecision,
  changed: Partial<ReleaseClaims> = {},
): Promise<ReleaseClaims> {
  const plan = stores.plans[at]?.crm ?? stores.crmPlan;
  const record = await readSubject(stores.crm.consumer, { link: plan.linkName, act, subject, values: values ?? null, requestedBy: 'anna' });
  const order = await releaseOrder(stores.crm.consumer, plan, record);
  const now = Math.floor(Date.now() / 1000);
  const common = { iss: 'crm:test', aud: 'crm:test', iat: now, exp: now + 600, jti: randomUUID() };
  return { ...common, ...plan.link, act, subject, content: contentDigest(record), by: 'anna', reason: 'because', orders: [order], ...changed };
}

/** Records that a release was verified, as the verifier's role does. */
export async function accept(stores: TwoStores, claims: ReleaseClaims): Promise<void> {
  await acceptRelease(stores.crm.verifier, stores.crmPlan.linkName, claims, 'digest');
}

/** Writes what claims allow, as the reverse role. */
export async function apply(stores: TwoStores, claims: ReleaseClaims, { values, at = 0 }: Partial<TestDecision> = {}): Promise<ReleaseOutcome> {
  const plan = stores.plans[at]?.crm ?? stores.crmPlan;
  return applyRelease(stores.crm.reverse, { plan, id: claims.jti, values: values ?? null, claims, runId: 'release/test/run' });
}

/** A decision from beginning to end. */
export async function decide(stores: TwoStores, decision: TestDecision): Promise<ReleaseOutcome> {
  const claims = await claimsFor(stores, decision);
  await accept(stores, claims);
  return apply(stores, claims, decision);
}

/** The quarantine rows of the CRM that wait, oldest first. */
export function waitingRows(stores: TwoStores) {
  return controlRows<{ id: number; key: string[]; code: string; field: string | null }>(
    stores.crm.admin,
    `select id, key, code, field from tidegate.quarantine where state = 'waiting' order by id`,
  );
}

/** Everything that a refused write must leave alone. */
export async function fingerprint(stores: TwoStores, table: string): Promise<string> {
  const row = await controlRow<{ print: string }>(
    stores.crm.admin,
    `select md5(concat((select jsonb_agg(to_jsonb(t) order by t) from ${table} t)::text, (select jsonb_agg(to_jsonb(q) order by id) from tidegate.quarantine q)::text,
       (select jsonb_agg(to_jsonb(c) order by id) from tidegate.conflict c)::text, (select count(*) from tidegate.ledger_entry),
       (select count(*) from tidegate.release_use))) as print`,
  );
  return row?.print ?? '';
}
