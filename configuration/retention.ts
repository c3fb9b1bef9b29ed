import { z } from 'zod';

const DAY_MS = 24 * 3_600_000;
const MAX_DAYS = 3650;

const days = (usual: number) => z.coerce.number().int().min(1).max(MAX_DAYS).default(usual);
const more = 'More: a larger database.';

/** How long each kind stays: the same at both sides, where each keeps its own. */
const kinds = {
  changeLogDays: days(30).meta({
    description:
      'Changes stay so long, and in any case until every link has acknowledged them. An older copy of a store can be put back without loss for so long.',
    unit: 'days',
    cost: more,
  }),
  tombstoneDays: days(400).meta({
    description: 'That a record was deleted is remembered so long (its key, without values), so that no new initial load brings it back.',
    unit: 'days',
    cost: 'More: the keys of deleted records stay longer.',
  }),
  windowDays: days(400).meta({ description: 'Windows, chunks and their signed receipts stay so long.', unit: 'days', cost: more }),
  valueDays: days(90).meta({
    description: 'Replaced values stay so long: in the ledger (for undo), of decided conflicts, of records that were set aside, of releases.',
    unit: 'days',
    cost: 'More: personal data stays longer. Less: less can be undone or restored.',
  }),
  historyDays: days(400).meta({
    description: 'Runs, requests, approvals, messages that brought nothing in, decided conflicts and resolved records stay so long.',
    unit: 'days',
    cost: more,
  }),
  unacknowledgedDays: days(30).meta({
    description: 'What a link does not acknowledge for so long is not kept for it any more.',
    unit: 'days',
    cost: 'Less: a link that was away has to be loaded anew sooner.',
  }),
  unacknowledgedRows: z.coerce.number().int().min(1000).default(10_000_000).meta({
    description: 'The same by the number of changes of a collection.',
    unit: 'changes',
    cost: 'More: more disk while a link is away, some 300 bytes a change and the old values.',
  }),
  batchRows: z.coerce.number().int().min(100).max(100_000).default(5000).meta({
    description: 'Rows that one transaction takes away.',
    unit: 'rows',
    cost: 'More: longer transactions.',
  }),
  everyMinutes: z.coerce.number().int().min(1).max(1440).default(60).meta({
    description: 'How often what is done with is taken away.',
    unit: 'minutes',
    cost: 'One pass over the change log each time.',
  }),
};

/** `retention` of the configuration. */
export const retentionSchema = z.strictObject(kinds);

/** The same in the environment of the producer, whose store is the third party's: TIDEGATE_RETENTION_... */
export const retentionSettings = {
  TIDEGATE_RETENTION_CHANGE_LOG_DAYS: kinds.changeLogDays,
  TIDEGATE_RETENTION_TOMBSTONE_DAYS: kinds.tombstoneDays,
  TIDEGATE_RETENTION_WINDOW_DAYS: kinds.windowDays,
  TIDEGATE_RETENTION_VALUE_DAYS: kinds.valueDays,
  TIDEGATE_RETENTION_HISTORY_DAYS: kinds.historyDays,
  TIDEGATE_RETENTION_UNACKNOWLEDGED_DAYS: kinds.unacknowledgedDays.meta({
    description: 'Edits of users that no order has brought to the CRM for so long are folded: one change a record.',
    unit: 'days',
    cost: 'None of them is lost.',
  }),
  TIDEGATE_RETENTION_UNACKNOWLEDGED_ROWS: kinds.unacknowledgedRows.meta({
    description: 'The same by their number in a collection.',
    unit: 'changes',
    cost: 'More disk.',
  }),
  TIDEGATE_RETENTION_BATCH_ROWS: kinds.batchRows,
  TIDEGATE_RETENTION_EVERY_MINUTES: kinds.everyMinutes,
};

type RetentionConfig = z.output<typeof retentionSchema>;

/** The configuration in the form that the data plane works with (adaptor/data/retention/retention.ts), in milliseconds. */
export function retentionOf(config: RetentionConfig) {
  return {
    changeLogMs: config.changeLogDays * DAY_MS,
    tombstoneMs: config.tombstoneDays * DAY_MS,
    windowMs: config.windowDays * DAY_MS,
    valueMs: config.valueDays * DAY_MS,
    historyMs: config.historyDays * DAY_MS,
    unacknowledged: { maxRows: config.unacknowledgedRows, maxAgeMs: config.unacknowledgedDays * DAY_MS },
    batchRows: config.batchRows,
  };
}

/** The producer's settings in the same form, with its period in milliseconds. */
export function producerRetention(settings: z.output<z.ZodObject<typeof retentionSettings>>): {
  readonly retention: ReturnType<typeof retentionOf>;
  readonly everyMs: number;
} {
  const config: RetentionConfig = {
    changeLogDays: settings.TIDEGATE_RETENTION_CHANGE_LOG_DAYS,
    tombstoneDays: settings.TIDEGATE_RETENTION_TOMBSTONE_DAYS,
    windowDays: settings.TIDEGATE_RETENTION_WINDOW_DAYS,
    valueDays: settings.TIDEGATE_RETENTION_VALUE_DAYS,
    historyDays: settings.TIDEGATE_RETENTION_HISTORY_DAYS,
    unacknowledgedDays: settings.TIDEGATE_RETENTION_UNACKNOWLEDGED_DAYS,
    unacknowledgedRows: settings.TIDEGATE_RETENTION_UNACKNOWLEDGED_ROWS,
    batchRows: settings.TIDEGATE_RETENTION_BATCH_ROWS,
    everyMinutes: settings.TIDEGATE_RETENTION_EVERY_MINUTES,
  };
  return { retention: retentionOf(config), everyMs: config.everyMinutes * 60_000 };
}
