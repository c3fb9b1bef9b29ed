import type { PoolClient } from 'pg';
import type { Direction } from '../../../exchange/names.ts';
import { injectingSetting } from '../capture/capture.ts';
import { preparedRow } from '../control-rows.ts';
import type { CollectionPlan } from '../plan.ts';
import { stampSql } from './receiving-table.ts';

/** How long a window waits for a record that somebody else's transaction holds; then it is retried later. */
const LOCK_TIMEOUT_MS = 20_000;

/** What is known before the rows are read. */
export interface OpenInjection {
  /** State of the receiving table (see receiving-table.ts). */
  readonly stamp: string;
  /** Source of the change log; null where the table is not captured. */
  readonly source: number | null;
  /** Whether rows of this channel wait in quarantine. */
  readonly waiting: boolean;
  /** Whether records of the collection are here that the last new load does not name. */
  readonly unconfirmed: boolean;
  /** Whether the window is there already. */
  readonly known: boolean;
}

/** What an injection is opened for. */
export interface InjectionTarget {
  readonly plan: CollectionPlan;
  readonly direction: Direction;
  readonly ordinal: number;
  readonly messageId?: string | undefined;
}

/**
 * Sets what guard, capture and row rules of the store look at, for this transaction only: link, tenant, the message that
 * ordered it (CRM), the table whose echo is suppressed (cloud).
 *
 * The planner is kept from reading whole tables: a record is found by its key, whatever the statistics say. Planned while the
 * table was empty, a merge read it once for each row that it put there: minutes for the first chunk of a load.
 */
export async function openInjection(client: PoolClient, { plan, direction, ordinal, messageId }: InjectionTarget): Promise<OpenInjection> {
  const { schema, table } = plan.binding;
  const row = await preparedRow<OpenInjection>(
    client,
    `select ${stampSql(plan)} as stamp,
            (select id from tidegate.source where schema_name = $4 and table_name = $5) as source,
            exists (select from tidegate.quarantine q where q.link = $1 and q.collection = $2 and q.direction = $3 and q.state = 'waiting') as waiting,
            exists (select from tidegate.unconfirmed u where u.link = $1 and u.collection = $2) as unconfirmed,
            exists (select from tidegate."window" w where w.link = $1 and w.collection = $2 and w.direction = $3 and w.ordinal = $6 and w.state in ('applied', 'void')) as known,
            set_config('tidegate.link', $1, true), set_config('tidegate.tenant', $7, true), set_config('tidegate.message', $8, true),
            set_config('tidegate.injecting', $9, true), set_config('lock_timeout', '${LOCK_TIMEOUT_MS}', true),
            set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true)`,
    [plan.linkName, plan.definition.name, direction, schema, table, ordinal, plan.link.tenant, messageId ?? '', injectingSetting(plan.binding)],
  );
  return row ?? { stamp: '', source: null, waiting: false, unconfirmed: false, known: false };
}
