import { type ScheduleDescription, ScheduleNotFoundError } from '@temporalio/client';
import { readPeriods, type SetPeriods } from '../../../adaptor/data/control/sync-periods.ts';
import { linkName } from '../../../exchange/names.ts';
import { forwardScheduleId, pruneScheduleId, reconcileScheduleId, reverseScheduleId } from '../../../scheduler/ids.ts';
import { type Check, type Finding, fault, ok } from '../finding.ts';
import type { Parts } from '../parts.ts';

/** What a firing may be late beside one missed period. */
const GRACE_MS = 60_000;
const RESTART = 'Restart the CRM worker: it makes the Schedules as configured.';

/** The Schedules of every link are there, as configured, not paused, and really fire. */
export const schedules: Check<Parts> = {
  name: 'schedules',
  run: async (parts) => {
    const { client } = await parts.temporal();
    const findings: Finding[] = [];
    const { links, retention } = await parts.config();
    const wanted: (readonly [id: string, everyMs: number])[] = [[pruneScheduleId(parts.setting('TIDEGATE_TASK_QUEUE') ?? ''), retention.everyMinutes * 60_000]];
    for (const link of links) {
      const name = linkName(link);
      const set = await setPeriods(parts, name);
      wanted.push(
        [forwardScheduleId(name), set.forward ?? link.schedules.forwardEveryMs],
        [reverseScheduleId(name), set.reverse ?? link.schedules.reverseEveryMs],
      );
      if (link.reconciliation.scheduled) wanted.push([reconcileScheduleId(name), link.reconciliation.everyMs]);
    }
    for (const [id, everyMs] of wanted) {
      try {
        findings.push(judge(id, everyMs, await client.schedule.getHandle(id).describe(), parts));
      } catch (error) {
        if (!(error instanceof ScheduleNotFoundError)) throw error;
        findings.push(fault(id, 'there is no such Schedule: nothing starts it periodically', RESTART));
      }
    }
    return findings;
  },
};

/** Periods that somebody has set; none where the store cannot be read, which its own check says. */
async function setPeriods(parts: Parts, link: string): Promise<SetPeriods> {
  try {
    return await readPeriods(parts.store, link);
  } catch {
    return {};
  }
}

function judge(id: string, everyMs: number, { state, spec, info, action }: ScheduleDescription, parts: Parts): Finding {
  const taskQueue = parts.setting('TIDEGATE_TASK_QUEUE');
  const every = spec.intervals?.[0]?.every;
  if (state.paused)
    return fault(
      id,
      `it is paused${state.note === undefined || state.note === '' ? '' : ` (${state.note})`}`,
      'Find out who paused it and why, then unpause it in the Temporal UI.',
    );
  if (every !== everyMs) return fault(id, `it fires every ${Number(every) / 1000} s, and should every ${everyMs / 1000} s`, RESTART);
  if (action.type === 'startWorkflow' && action.taskQueue !== taskQueue)
    return fault(id, `it starts its workflow on ${action.taskQueue}, not on ${taskQueue}`, RESTART);
  const last = info.recentActions.at(-1)?.takenAt;
  const since = Math.max(last?.getTime() ?? 0, info.createdAt.getTime(), info.lastUpdatedAt?.getTime() ?? 0);
  const silentMs = parts.nowMs() - since;
  if (silentMs > 2 * everyMs + GRACE_MS)
    return fault(
      id,
      `it has not fired for ${Math.round(silentMs / 1000)} s, and should every ${everyMs / 1000} s`,
      'Look at the Schedule in the Temporal UI, and at the log of the Temporal server.',
    );
  return ok(
    id,
    last === undefined ? 'it is new, and has not been due yet' : `it fired ${Math.max(0, Math.round((parts.nowMs() - last.getTime()) / 1000))} s ago`,
  );
}
