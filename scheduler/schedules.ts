import { type Client, ScheduleAlreadyRunning, ScheduleNotFoundError, type ScheduleOptions, ScheduleOverlapPolicy } from '@temporalio/client';
import { TidegateError } from '../exchange/errors.ts';
import { type LinkIdentity, linkName } from '../exchange/names.ts';
import type * as Workflows from '../workflows/all-workflows.ts';
import { forwardScheduleId, reconcileScheduleId, reverseScheduleId, pruneScheduleId } from './ids.ts';
import { pageSentence, runAddressPrefix } from './page-links.ts';

/** A link with its periods, as configured. */
export interface ScheduledLink extends LinkIdentity {
  readonly schedules: { readonly forwardEveryMs: number; readonly reverseEveryMs: number };
  /** Absent: there is no Schedule of reconciliation. */
  readonly reconciliation?: { readonly scheduled: boolean; readonly everyMs: number };
}

/** A firing that was missed for longer than this is left out: the next one does the same. */
const CATCH_UP = '1 minute';

/**
 * Makes the Schedules of a link, or brings their periods up to date. The reverse one buffers one firing while another is
 * served, so that every request row written before a firing is drained by it or by the next. `crmPage` is the address of the
 * CRM's page: what a Schedule starts leads there. Absent: it does not.
 */
export async function ensureSchedules(client: Client, taskQueue: string, link: ScheduledLink, crmPage?: string): Promise<void> {
  const name = linkName(link);
  const { forwardEveryMs, reverseEveryMs } = link.schedules;
  const { SKIP, BUFFER_ONE } = ScheduleOverlapPolicy;
  const of = { taskQueue, link: name, crmPage };
  await ensure(client, { ...of, id: forwardScheduleId(name), workflowType: 'requestForwardSync', everyMs: forwardEveryMs, overlap: SKIP });
  await ensure(client, { ...of, id: reverseScheduleId(name), workflowType: 'requestReverseSync', everyMs: reverseEveryMs, overlap: BUFFER_ONE });
  const id = reconcileScheduleId(name);
  if (link.reconciliation?.scheduled === true)
    await ensure(client, { ...of, id, workflowType: 'reconcile', everyMs: link.reconciliation.everyMs, overlap: SKIP });
  else await remove(client, id);
}

/** Makes the Schedule that prunes the CRM's control plane, or brings its period up to date. */
export async function ensurePruneSchedule(client: Client, taskQueue: string, everyMs: number): Promise<void> {
  await ensure(client, { taskQueue, id: pruneScheduleId(taskQueue), workflowType: 'prune', everyMs, overlap: ScheduleOverlapPolicy.SKIP });
}

/**
 * Changes the period of one Schedule of a link from now on. `keep` is called in between: once it is known that there is such a
 * Schedule, before it is changed. Throws `link-mismatch` where the link has none yet.
 */
export async function setSchedulePeriod(
  client: Client,
  { link, direction, everyMs }: { readonly link: string; readonly direction: 'forward' | 'reverse'; readonly everyMs: number },
  keep: () => Promise<void>,
): Promise<void> {
  const schedule = client.schedule.getHandle(direction === 'forward' ? forwardScheduleId(link) : reverseScheduleId(link));
  try {
    await schedule.describe();
    await keep();
    await schedule.update((previous) => ({ ...previous, spec: { intervals: [{ every: everyMs }] } }));
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
    throw new TidegateError('link-mismatch', 'The link has no Schedule yet: its worker makes it.', { link });
  }
}

/** Removes the Schedules of a link. Runs in progress go on. */
export async function deleteSchedules(client: Client, link: string): Promise<void> {
  for (const id of [forwardScheduleId(link), reverseScheduleId(link), reconcileScheduleId(link)]) await remove(client, id);
}

async function remove(client: Client, id: string): Promise<void> {
  try {
    await client.schedule.getHandle(id).delete();
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
  }
}

/** Fires the reverse Schedule now. The overlap policy has to be named: a trigger's default would run beside the one in hand. */
export async function triggerReverse(client: Client, link: string): Promise<void> {
  await client.schedule.getHandle(reverseScheduleId(link)).trigger(ScheduleOverlapPolicy.BUFFER_ONE);
}

interface Wanted {
  readonly id: string;
  /** Absent: it is of no link. */
  readonly link?: string;
  readonly taskQueue: string;
  readonly workflowType: keyof typeof Workflows;
  readonly everyMs: number;
  readonly overlap: ScheduleOverlapPolicy;
  readonly crmPage?: string | undefined;
}

/**
 * A Schedule gives each of its workflows an id with the time in it, so what it says of them beforehand can lead to a view of the
 * page only; to the runs themselves leads the workflow, which is told where the page shows them.
 */
async function ensure(client: Client, { id, link, taskQueue, workflowType, everyMs, overlap, crmPage }: Wanted): Promise<void> {
  const way = crmPage === undefined ? {} : { staticDetails: pageSentence(crmPage, workflowType) };
  const told = crmPage === undefined ? {} : { runPage: runAddressPrefix(crmPage) };
  const definition = {
    spec: { intervals: [{ every: everyMs }] },
    policies: { overlap, catchupWindow: CATCH_UP },
    action: {
      type: 'startWorkflow' as const,
      workflowType,
      taskQueue,
      ...(link === undefined
        ? { workflowId: id, args: [], staticSummary: 'Takes away what is done with' }
        : { workflowId: `request-${id}`, args: [{ link, ...told }], staticSummary: `Requests of ${id}`, ...way }),
    },
  } satisfies Omit<ScheduleOptions, 'scheduleId'>;
  try {
    await client.schedule.create({ scheduleId: id, ...definition });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    await client.schedule.getHandle(id).update((previous) => ({ ...definition, state: previous.state }));
  }
}
