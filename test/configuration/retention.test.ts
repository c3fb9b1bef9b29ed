import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { producerRetention, retentionOf, retentionSchema, retentionSettings } from '../../configuration/retention.ts';
import { checkConfig } from '../../configuration/load-config.ts';
import { readSettings } from '../../configuration/settings/read-settings.ts';

const DAY_MS = 86_400_000;
const collection = { name: 'a', table: 's.a', key: ['id'], fields: { id: 'id' } };
const configured = (retention?: object) =>
  checkConfig({ links: [{ tenant: 'acme', environment: 'test', link: 'hub', collections: [collection] }], ...(retention && { retention }) }).retention;
const produced = (environment: Record<string, string>) => producerRetention(readSettings(z.object(retentionSettings), environment));

/** What docs/retention.md promises where nothing is said. */
const USUAL = {
  changeLogMs: 30 * DAY_MS,
  tombstoneMs: 400 * DAY_MS,
  windowMs: 400 * DAY_MS,
  valueMs: 90 * DAY_MS,
  historyMs: 400 * DAY_MS,
  unacknowledged: { maxRows: 10_000_000, maxAgeMs: 30 * DAY_MS },
  batchRows: 5000,
};

describe('how long things are kept', () => {
  it('is months, not moments, where nothing is said, at both sides', () => {
    expect(retentionOf(configured())).toEqual(USUAL);
    expect(retentionOf(retentionSchema.parse({}))).toEqual(USUAL);
    expect(produced({})).toEqual({ retention: USUAL, everyMs: 3_600_000 });
  });

  it('is set by the days that are written down, each for its own kind', () => {
    const days = { changeLogDays: 1, tombstoneDays: 2, windowDays: 3, valueDays: 4, historyDays: 5, unacknowledgedDays: 6 };
    const wanted = {
      changeLogMs: DAY_MS,
      tombstoneMs: 2 * DAY_MS,
      windowMs: 3 * DAY_MS,
      valueMs: 4 * DAY_MS,
      historyMs: 5 * DAY_MS,
      unacknowledged: { maxRows: 2000, maxAgeMs: 6 * DAY_MS },
      batchRows: 200,
    };
    expect(retentionOf(configured({ ...days, unacknowledgedRows: 2000, batchRows: 200 }))).toEqual(wanted);
    const variables = {
      TIDEGATE_RETENTION_CHANGE_LOG_DAYS: '1',
      TIDEGATE_RETENTION_TOMBSTONE_DAYS: '2',
      TIDEGATE_RETENTION_WINDOW_DAYS: '3',
      TIDEGATE_RETENTION_VALUE_DAYS: '4',
      TIDEGATE_RETENTION_HISTORY_DAYS: '5',
      TIDEGATE_RETENTION_UNACKNOWLEDGED_DAYS: '6',
      TIDEGATE_RETENTION_UNACKNOWLEDGED_ROWS: '2000',
      TIDEGATE_RETENTION_BATCH_ROWS: '200',
      TIDEGATE_RETENTION_EVERY_MINUTES: '15',
    };
    expect(Object.keys(variables)).toEqual(Object.keys(retentionSettings));
    expect(produced(variables)).toEqual({ retention: wanted, everyMs: 900_000 });
  });

  it.each([
    [{ changeLogDays: 0 }, 'retention.changeLogDays'],
    [{ valueDays: 0.5 }, 'retention.valueDays'],
    [{ windowDays: 3651 }, 'retention.windowDays'],
    [{ unacknowledgedRows: 999 }, 'retention.unacknowledgedRows'],
    [{ everyMinutes: 0 }, 'retention.everyMinutes'],
    [{ changelogDays: 30 }, 'retention'],
  ])('is refused as %j', (retention, path) => {
    expect(() => configured(retention)).toThrow(expect.objectContaining({ code: 'configuration-invalid', message: expect.stringContaining(`  ${path}: `) }));
  });
});
