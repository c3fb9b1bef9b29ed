import { ERROR_CATALOGUE } from '../../../exchange/error-catalogue.ts';
import { isErrorCode } from '../../../exchange/errors.ts';
import { controlRow } from '../control-rows.ts';
import type { CollectionSource } from '../describe-collection.ts';
import type { Queryable } from '../pool.ts';
import type { RecordNames } from './record-names.ts';

/** Why a record is not, or not wholly, the same on both sides, strongest first. */
export type HindranceName =
  | 'link-unopened'
  | 'link-paused'
  | 'link-stopped'
  | 'not-captured'
  | 'collection-not-open'
  | 'collection-stopped'
  | 'schema-drifted'
  | 'approval-needed'
  | 'filtered'
  | 'set-aside'
  | 'conflict'
  | 'waiting';

/** One reason, and what mends it. */
export interface Hindrance {
  readonly hindrance: HindranceName;
  /** Which way does not go. */
  readonly direction: 'forward' | 'reverse' | 'both';
  /** One sentence; no record content. */
  readonly says: string;
  /** The act that mends it: a command, or what to do. */
  readonly mend: string;
}

interface Standing {
  readonly linkState: 'open' | 'paused' | 'stopped' | null;
  readonly linkReason: string | null;
  readonly linkBy: string | null;
  readonly captured: boolean;
  readonly forward: string | null;
  readonly forwardReason: string | null;
  readonly loaded: boolean;
  readonly reverse: string | null;
  readonly reverseReason: string | null;
  readonly failure: { readonly code: string; readonly runId: string } | null;
  readonly approvals: readonly { readonly id: number; readonly direction: 'forward' | 'reverse'; readonly code: string }[];
  readonly aside: readonly {
    readonly id: number;
    readonly direction: 'forward' | 'reverse';
    readonly code: string;
    readonly field: string | null;
    readonly detail: string;
  }[];
  readonly conflicts: readonly { readonly id: number; readonly field: string | null }[];
  readonly waitingSince: Date | null;
}

/** $1 link, $2 collection, $3 key on the wire, $4 key in the table, $5 schema, $6 table. */
const STANDING = `
  select l.state as "linkState", l.state_reason as "linkReason", l.state_by as "linkBy", s.id is not null as captured,
         f.state as forward, f.state_reason as "forwardReason", f.cursor is not null as loaded, r.state as reverse, r.state_reason as "reverseReason",
         (select case when run.state in ('failed', 'refused') then json_build_object('code', run.error_code, 'runId', run.id) end
            from tidegate.run where link = $1 and direction = 'forward' and state <> 'running' order by started_at desc limit 1) as failure,
         (select coalesce(json_agg(json_build_object('id', id, 'direction', direction, 'code', code) order by id), '[]') from tidegate.approval
           where link = $1 and collection = $2 and state = 'waiting') as approvals,
         (select coalesce(json_agg(json_build_object('id', id, 'direction', direction, 'code', code, 'field', field, 'detail', detail) order by id), '[]')
            from tidegate.quarantine where link = $1 and collection = $2 and key in ($3, $4) and state = 'waiting') as aside,
         (select coalesce(json_agg(json_build_object('id', id, 'field', field) order by id), '[]') from tidegate.conflict
           where link = $1 and collection = $2 and key = $3 and outcome = 'review') as conflicts,
         (select min(c.logged_at) from tidegate.change_log c
           where c.source = s.id and c.key = $4 and (f.cursor is null or not pg_visible_in_snapshot(c.xid, f.cursor))
             and case c.op when 'R' then c.origin = $1 else c.origin is distinct from $1 end) as "waitingSince"
    from (select 1) one
    left join tidegate.link l on l.name = $1
    left join tidegate.source s on s.schema_name = $5 and s.table_name = $6
    left join tidegate.channel f on f.link = $1 and f.collection = $2 and f.direction = 'forward'
    left join tidegate.channel r on r.link = $1 and r.collection = $2 and r.direction = 'reverse'`;

/** What keeps a record from being the same on both sides; empty where nothing does. `inScope`: null where the CRM has no such record. */
export async function readHindrances(
  client: Queryable,
  link: string,
  source: CollectionSource,
  names: RecordNames,
  inScope: boolean | null,
): Promise<readonly Hindrance[]> {
  const standing = await controlRow<Standing>(client, STANDING, [link, source.name, names.wire, names.local, source.schema, source.table]);
  if (standing === undefined) return [];
  return [...ofLink(link, standing), ...ofCollection(source, standing), ...ofRecord(source, standing, inScope)];
}

function ofLink(link: string, { linkState, linkReason, linkBy }: Standing): readonly Hindrance[] {
  const because = `${linkReason === null ? '' : `: ${linkReason}`}${linkBy === null ? '' : ` (${linkBy})`}`;
  const hindrance = (name: HindranceName, says: string, mend: string): readonly Hindrance[] => [{ hindrance: name, direction: 'both', says, mend }];
  if (linkState === null) return hindrance('link-unopened', `The link ${link} was never opened.`, 'Start the worker, then `tidegate sync`.');
  if (linkState === 'paused') return hindrance('link-paused', `The link is paused${because}.`, 'tidegate resume');
  if (linkState === 'stopped')
    return hindrance(
      'link-stopped',
      `The link is stopped${because}.`,
      'Mend what the reason says, then `tidegate resume` (after a restore: `tidegate resume --reload --reason TEXT`).',
    );
  return [];
}

function ofCollection({ name, schema, table }: CollectionSource, standing: Standing): readonly Hindrance[] {
  const { captured, forward, forwardReason, loaded, reverse, reverseReason, approvals, failure } = standing;
  const found: Hindrance[] = approvals.map(({ id, direction, code }) => ({
    hindrance: 'approval-needed',
    direction,
    says: `${name} waits for approval ${id} (${code}).`,
    mend: `tidegate approve ${id} --reason TEXT, or tidegate reject ${id} --reason TEXT`,
  }));
  if (!captured)
    found.push({ hindrance: 'not-captured', direction: 'forward', says: `Changes of ${schema}.${table} are not captured.`, mend: `tidegate attach ${name}` });
  for (const [direction, state, reason] of [
    ['forward', forward, forwardReason],
    ['reverse', reverse, reverseReason],
  ] as const) {
    const because = reason === null ? '' : `: ${reason}`;
    if (state === 'drifted')
      found.push({
        hindrance: 'schema-drifted',
        direction,
        says: `The table of ${name} has changed${because}.`,
        mend: ERROR_CATALOGUE['schema-drifted'].action,
      });
    // What waits for approval stands stopped for no other reason.
    if (state === 'stopped' && !approvals.some((approval) => approval.direction === direction))
      found.push({
        hindrance: 'collection-stopped',
        direction,
        says: `${name} is stopped${because}.`,
        mend: 'Mend what the reason says, then `tidegate resume`.',
      });
  }
  if (forward !== 'open' && forward !== 'drifted' && forward !== 'stopped') {
    const says = loaded ? `${name} is loaded; its first window after the load is not receipted yet.` : `The initial load of ${name} is not done.`;
    const failed = failure === null || !isErrorCode(failure.code) ? undefined : ERROR_CATALOGUE[failure.code];
    const mend = failed === undefined ? 'Wait, or `tidegate sync` and watch `tidegate runs`.' : `The last run ended (${failure?.code}): ${failed.action}`;
    found.push({ hindrance: 'collection-not-open', direction: 'both', says, mend });
  }
  return found;
}

function ofRecord(source: CollectionSource, { aside, conflicts, waitingSince }: Standing, inScope: boolean | null): readonly Hindrance[] {
  const found: Hindrance[] = [];
  if (inScope === false)
    found.push({
      hindrance: 'filtered',
      direction: 'both',
      says: `It stays in the CRM: it does not meet the filter of ${source.name} (${source.filter?.sql ?? 'true'}).`,
      mend: `Change ${source.filter?.columns.join(', ') ?? 'the record'} so that the filter holds, or the filter in the configuration.`,
    });
  for (const { id, direction, code, field, detail } of aside)
    found.push({
      hindrance: 'set-aside',
      direction,
      says: `${direction === 'forward' ? 'The cloud' : 'The CRM'} could not take it: ${code}${field === null ? '' : ` in ${field}`}. ${detail}`,
      mend:
        direction === 'forward'
          ? `Correct the record here, or tidegate quarantine retry ${id} --reason TEXT`
          : `tidegate quarantine retry | edit | discard ${id} --reason TEXT`,
    });
  for (const { id, field } of conflicts)
    found.push({
      hindrance: 'conflict',
      direction: 'both',
      says: `Both sides changed ${field ?? 'the record'}; nobody has decided yet.`,
      mend: `tidegate conflicts keep ${id} --reason TEXT, or tidegate conflicts restore ${id} --reason TEXT`,
    });
  if (waitingSince !== null && inScope !== false)
    found.push({
      hindrance: 'waiting',
      direction: 'forward',
      says: `A change of ${new Date(waitingSince).toISOString()} is not receipted by the cloud yet.`,
      mend: 'Wait, or `tidegate sync`; if it lasts, `tidegate status` and `tidegate runs`.',
    });
  return found;
}
