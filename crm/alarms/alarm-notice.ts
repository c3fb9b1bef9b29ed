import { createHash } from 'node:crypto';
import type { Alarm } from '../status/alarms.ts';

/** An alarm that came or went. */
export interface AlarmNotice {
  readonly event: 'raised' | 'cleared';
  readonly at: Date;
  readonly alarm: Alarm;
}

const SENTENCES: Readonly<Record<Alarm['kind'], (alarm: Alarm) => string>> = {
  'no-run': ({ link, direction, since }) => `No ${direction ?? ''} run of ${link ?? ''} was started since ${since.toISOString()}.`,
  'no-proof': ({ link, collection, direction, since }) =>
    `Nothing of ${collection ?? ''} (${link ?? ''}, ${direction ?? ''}) was proved complete since ${since.toISOString()}.`,
  'paused-too-long': ({ link, since }) => `${link ?? ''} is paused since ${since.toISOString()}.`,
  unreadable: ({ since }) => `The CRM's store cannot be read since ${since.toISOString()}: nothing is known of any link.`,
};

/** The body of a webhook: names and times only, never content. */
export function noticeBody({ event, at, alarm }: AlarmNotice): string {
  const { kind, link, collection, direction, since, boundMs } = alarm;
  return JSON.stringify({
    type: `tidegate.alarm.${event}`,
    timestamp: at.toISOString(),
    data: { alarm: alarm.id, kind, link, collection, direction, since: since.toISOString(), boundMs, text: SENTENCES[kind](alarm) },
  });
}

/** Id of a notice: the same whenever it is told again by the same process. */
export function noticeId({ event, at, alarm }: AlarmNotice): string {
  return createHash('sha256').update(`${event} ${alarm.id} ${at.toISOString()}`).digest('hex').slice(0, 32);
}
