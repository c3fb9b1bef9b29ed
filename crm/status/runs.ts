import type { Books } from '../../exchange/books.ts';
import { runUrl } from '../../scheduler/ids.ts';
import type { PrismaClient, Run } from '../../prisma/generated/control/client.ts';

/** A run as the page shows it. */
export interface RunSummary {
  readonly id: string;
  readonly link: string;
  readonly direction: string;
  readonly trigger: string;
  readonly state: string;
  readonly errorCode: string | null;
  readonly errorDetail: string | null;
  readonly requestedBy: string | null;
  readonly messageId: string | null;
  readonly books: Books;
  readonly windows: number;
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
  /** Page of the run in the Temporal UI, where its address is known. */
  readonly url: string | null;
}

/** Where the Temporal UI is. */
export interface TemporalUi {
  readonly url: string;
  readonly namespace: string;
}

/** The latest runs of links, newest first. */
export async function readRuns(control: PrismaClient, links: readonly string[], limit: number, ui?: TemporalUi): Promise<RunSummary[]> {
  // Link by link, so that the index on (link, started_at) serves it.
  const runs = await Promise.all(links.map((link) => control.run.findMany({ where: { link }, orderBy: { startedAt: 'desc' }, take: limit })));
  return runs
    .flat()
    .sort((a, b) => b.startedAt.getTime() - a.startedAt.getTime())
    .slice(0, limit)
    .map((run) => summarise(run, ui));
}

/** The run that served a request: named in the request by its id, its workflow's, or its message's; null before there is one. */
export async function findServingRun(control: PrismaClient, link: string, claimedBy: string | null, ui?: TemporalUi): Promise<RunSummary | null> {
  if (claimedBy === null) return null;
  const [run] = await control.run.findMany({
    where: { link, OR: [{ id: claimedBy }, { workflowId: claimedBy }] },
    orderBy: { startedAt: 'desc' },
    take: 1,
  });
  return run === undefined ? null : summarise(run, ui);
}

function summarise(run: Run, ui: TemporalUi | undefined): RunSummary {
  const { id, link, direction, trigger, state, errorCode, errorDetail, requestedBy, messageId, windows, startedAt, finishedAt } = run;
  const { offered, applied, unchanged, conflicted, quarantined, filtered } = run;
  const url = ui === undefined ? null : runUrl(ui.url, ui.namespace, run.workflowId, run.workflowRunId);
  const books = { offered, applied, unchanged, conflicted, quarantined, filtered };
  return { id, link, direction, trigger, state, errorCode, errorDetail, requestedBy, messageId, books, windows, startedAt, finishedAt, url };
}
