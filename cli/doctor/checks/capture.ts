import { planAttachment } from '../../../adaptor/data/capture/attach.ts';
import { collectionRights } from '../../../adaptor/data/capture/collection-rights.ts';
import { controlRow, controlRows } from '../../../adaptor/data/control-rows.ts';
import { type CollectionPlan } from '../../../adaptor/data/plan.ts';
import { planCollections, plansByTable } from '../../../adaptor/data/plan-collections.ts';
import { qualified } from '../../../adaptor/data/quoting.ts';
import { collectionSource } from '../../../configuration/collection-source.ts';
import { inParentOrder } from '../../../configuration/config.ts';
import { type Check, type Finding, fault, ok } from '../finding.ts';
import type { Parts } from '../parts.ts';

const TRIGGERS = `
  select wanted.name, t.tgenabled::text as state from unnest($2::text[]) wanted (name)
    left join pg_trigger t on t.tgrelid = to_regclass($1) and t.tgname = wanted.name order by wanted.name`;

const EVENTS = ['insert', 'update', 'delete', 'truncate'] as const;
const WANTED = ['capture', 'guard'].flatMap((kind) => EVENTS.map((event) => `tidegate_${kind}_${event}`));

/** Every collection fits its table; the table's triggers are there, fire and are those of this configuration; and the rights on it are right. */
export const capture: Check<Parts> = {
  name: 'capture',
  run: async (parts) => {
    const findings: Finding[] = [];
    const plans: CollectionPlan[] = [];
    for (const { tenant, environment, link, collections } of (await parts.config()).links)
      for (const planned of await planCollections(parts.store, { tenant, environment, link }, 'crm', inParentOrder(collections).map(collectionSource))) {
        if (planned.plan !== undefined) plans.push(planned.plan);
        else findings.push(fault(planned.collection, planned.fault?.message ?? '', 'Change the table or its collection in the configuration.'));
      }
    for (const group of plansByTable(plans)) findings.push(...(await judgeTable(parts, group)));
    return findings;
  },
};

async function judgeTable(parts: Parts, plans: readonly CollectionPlan[]): Promise<readonly Finding[]> {
  const { schema = '', table = '' } = plans[0]?.binding ?? {};
  const subject = `${schema}.${table}`;
  const advice = `Run tidegate attach ${plans.map(({ definition }) => definition.name).join(' ')} as the owner of the table.`;
  // Planning an attachment that is not there would draw a number from a sequence, and the doctor changes nothing.
  const source = await controlRow(parts.store, 'select id from tidegate.source where schema_name = $1 and table_name = $2', [schema, table]);
  if (source === undefined) return [fault(subject, 'it is not attached: its changes are not captured', advice)];
  const triggers = await controlRows<{ name: string; state: string | null }>(parts.store, TRIGGERS, [qualified(schema, table), WANTED]);
  const broken = triggers.flatMap(({ name, state }) => (state === null ? [`${name} is missing`] : state === 'O' ? [] : [`${name} is disabled`]));
  const rights = await missingRights(parts, plans);
  const faults = [
    ...broken.map((what) => fault(subject, what, `${advice} What was written meanwhile was not captured: approve a new initial load.`)),
    ...rights.map((right) => fault(subject, right, advice)),
  ];
  if (faults.length > 0) return faults;
  const { current } = await planAttachment(parts.store, plans);
  return [
    current ? ok(subject, 'captured, guarded, and its rights as attached') : fault(subject, 'it is attached for another configuration or version', advice),
  ];
}

const HELD = `
  select wanted.right, wanted.name from unnest($2::text[], $3::text[]) wanted ("right", name)
   where not case when wanted.name is null then has_table_privilege($1, $4, wanted.right)
                  else has_column_privilege($1, $4, wanted.name, wanted.right) end`;

async function missingRights(parts: Parts, plans: readonly CollectionPlan[]): Promise<readonly string[]> {
  const missing: string[] = [];
  for (const { role, grant } of collectionRights(plans)) {
    const columns = (right: string, names: readonly string[]) => names.map((name) => [right, name] as const);
    const wanted = [
      ...columns('select', [...grant.keyColumns, ...grant.readColumns]),
      ...columns('insert', grant.insertColumns.length > 0 ? [...grant.keyColumns, ...grant.insertColumns] : []),
      ...columns('update', grant.updateColumns),
      ...(grant.deletable ? [['delete', null] as const] : []),
    ];
    const rows = await controlRows<{ right: string; name: string | null }>(parts.store, HELD, [
      role,
      wanted.map(([right]) => right),
      wanted.map(([, name]) => name),
      qualified(grant.schema, grant.table),
    ]);
    for (const { right, name } of rows) missing.push(`${role} lacks ${right.toUpperCase()}${name === null ? '' : ` (${name})`}`);
  }
  return missing;
}
