import type pino from 'pino';
import type { LinkConfig } from '../../configuration/config.ts';
import type { CrmAppSettings } from '../../configuration/settings/crm.ts';
import { AlarmWatch } from '../../crm/alarms/alarm-watch.ts';
import { sendNotice } from '../../crm/alarms/webhook.ts';
import { nameLinks } from '../../crm/api/context.ts';
import type { CrmDatabase } from '../../crm/database.ts';
import { type AlarmBounds, judgeFreshness } from '../../crm/status/alarms.ts';
import { LagHistory } from '../../crm/status/lag-history.ts';
import { readFreshness } from '../../crm/status/read-freshness.ts';
import { TidegateError } from '../../exchange/errors.ts';
import type { Metrics } from '../../observability/metrics/metrics.ts';

/** Looks so many times within the shorter bound, and at least this often (milliseconds). */
const LOOKS = 4;
const LOOK_AT_LEAST_MS = 15_000;

/** What watches with. */
interface WatchParts {
  readonly database: CrmDatabase;
  readonly links: readonly LinkConfig[];
  readonly log: pino.Logger;
  readonly metrics: Metrics | undefined;
}

/**
 * Starts the dead-man's switch of the CRM application: this process works without worker and scheduler, so it notices that they
 * are dead. Throws `configuration-invalid` where a webhook has no key.
 */
export function watchAlarms(
  settings: Pick<CrmAppSettings, `TIDEGATE_ALARM_${'AFTER_MS' | 'PAUSED_AFTER_MS' | 'WEBHOOK_URL' | 'WEBHOOK_SECRET'}`>,
  { database, links, log, metrics }: WatchParts,
): { readonly watch: AlarmWatch; readonly bounds: AlarmBounds; readonly lagHistory: LagHistory } {
  const { TIDEGATE_ALARM_WEBHOOK_URL: url, TIDEGATE_ALARM_WEBHOOK_SECRET: secret } = settings;
  if (url !== undefined && secret === undefined)
    throw new TidegateError(
      'configuration-invalid',
      'TIDEGATE_ALARM_WEBHOOK_URL needs TIDEGATE_ALARM_WEBHOOK_SECRET: what is not signed could come from anyone.',
    );
  const bounds = { staleAfterMs: settings.TIDEGATE_ALARM_AFTER_MS, pausedAfterMs: settings.TIDEGATE_ALARM_PAUSED_AFTER_MS };
  const named = nameLinks(links);
  const watchedSince = new Date();
  const lagHistory = new LagHistory();
  const watch = new AlarmWatch({
    judge: async () => {
      const freshness = await readFreshness(database, named);
      lagHistory.add(freshness.now, freshness.standings);
      return judgeFreshness(freshness.links, bounds, freshness.now, watchedSince);
    },
    tell: url === undefined || secret === undefined ? undefined : (notice) => sendNotice({ url, secret }, notice),
    unreadableAfterMs: bounds.staleAfterMs,
    onFault: (what, error) => log.warn({ what, error: error instanceof TidegateError ? error.code : 'unknown' }, 'alarms could not be judged or told'),
  });
  metrics?.onScrape(async () => {
    const gauge = metrics.gauge('alarm');
    gauge.reset();
    for (const { kind, link, collection, direction } of watch.alarms)
      gauge.set({ link: link ?? '', collection: collection ?? '', direction: direction ?? '', alarm: kind }, 1);
  });
  watch.start(Math.min(LOOK_AT_LEAST_MS, bounds.staleAfterMs / LOOKS, bounds.pausedAfterMs / LOOKS));
  return { watch, bounds, lagHistory };
}
