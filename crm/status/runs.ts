import { requestsNamedIn } from '../../adaptor/data/control/ordered-runs.ts';
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

/** A run in the list, and whether it was undone. */
export interface ListedRun extends RunSummary {
  /** Id of the run that put back what this one had changed; null where none did. */
  readonly undoneBy: string | null;
}

/** Where the Temporal UI is. */
export interface TemporalUi {
  readonly url: string;
  readonly namespace: string;
}

/** What narrows a list of runs. */
export interface RunQuestion {
  readonly direction?: string | undefined;
  readonly trigger?: string | undefined;
  readonly state?: string | undefined;
  /** Id of one run, or of its workflow: what an operator brings from the Temporal UI. */
  readonly id?: string | undefined;
  /** Only runs that started before this moment: the next page. */
  readonly before?: Date | undefined;
}

/** The latest runs of links, newest first. */
export async function readRuns(
  control: PrismaClient,
  links: readonly string[],
  limit: number,
  ui?: TemporalUi,
  { direction, trigger, state, id, before }: RunQuestion = {},
): Promise<ListedRun[]> {
  const wanted = {
    ...(direction === undefined ? {} : { direction }),
    ...(trigger === undefined ? {} : { trigger }),
    ...(state === undefined ? {} : { state }),
    ...(id === undefined ? {} : { OR: [{ id }, { workflowId: id }] }),
    ...(before === undefined ? {} : { startedAt: { lt: before } }),
  };
  // Link by link, so that the index on (link, started_at) serves it.
  const runs = await Promise.all(links.map((link) => control.run.findMany({ where: { link, ...wanted }, orderBy: { startedAt: 'desc' }, take: limit })));
  const latest = runs
    .flat()
    .sort((a, b) => b.startedAt.getTime() - a.startedAt.getTime())
    .slice(0, limit);
  const undone = await readUndone(control, latest);
  return latest.map((run) => ({ ...summarise(run, ui), undoneBy: undone.get(run.id) ?? null }));
}

/** Runs that were undone, each with the run that did it. */
async function readUndone(control: PrismaClient, runs: readonly Run[]): Promise<ReadonlyMap<string, string>> {
  const undos = await control.undo.findMany({
    where: { link: { in: [...new Set(runs.map(({ link }) => link))] }, runId: { in: runs.map(({ id }) => id) } },
    select: { id: true, runId: true },
  });
  if (undos.length === 0) return new Map();
  const releases = await control.release.findMany({
    where: { act: 'undo', state: 'applied', subject: { in: undos.map(({ id }) => id) } },
    select: { subject: true, runId: true },
  });
  return new Map(
    undos.flatMap(({ id, runId }): readonly (readonly [string, string])[] => {
      const by = releases.find(({ subject }) => subject === id)?.runId;
      return by == null ? [] : [[runId, by]];
    }),
  );
}

/** A run by its id, where its row is still there. */
export async function findRun(control: PrismaClient, id: string | null, ui?: TemporalUi): Promise<RunSummary | null> {
  const run = id === null ? null : await control.run.findUnique({ where: { id } });
  return run === null ? null : summarise(run, ui);
}

/** A request, as far as its run is looked for. */
export interface ClaimedRequest {
  readonly id: string;
  readonly link: string;
  readonly direction: string;
  readonly claimedBy: string | null;
  readonly createdAt: Date;
}

/** Reverse runs that may come between a request and the one that serves it. */
const MAX_RUNS_BETWEEN = 20;

/**
 * The run that serves a request; null before there is one. A forward run claims requests in its own name; a reverse run
 * was ordered by a message whose signed claims list the requests.
 */
export async function findServingRun(control: PrismaClient, request: ClaimedRequest, ui?: TemporalUi): Promise<RunSummary | null> {
  const { id, link, direction, claimedBy, createdAt } = request;
  if (claimedBy === null) return null;
  if (direction === 'forward') {
    const run = await control.run.findUnique({ where: { id: claimedBy } });
    return run === null ? null : summarise(run, ui);
  }
  const runs = await control.run.findMany({
    where: { link, direction, startedAt: { gte: createdAt } },
    orderBy: { startedAt: 'asc' },
    take: MAX_RUNS_BETWEEN,
  });
  const messages = await control.reverseMessage.findMany({
    where: { id: { in: runs.flatMap((run) => run.messageId ?? []) } },
    select: { id: true, jws: true },
  });
  const message = messages.find(({ jws }) => requestsNamedIn(jws).includes(id));
  const run = runs.find(({ messageId }) => messageId !== null && messageId === message?.id);
  return run === undefined ? null : summarise(run, ui);
}

function summarise(run: Run, ui: TemporalUi | undefined): RunSummary {
  const { id, link, direction, trigger, state, errorCode, errorDetail, requestedBy, messageId, windows, startedAt, finishedAt } = run;
  const { offered, applied, unchanged, conflicted, quarantined, filtered } = run;
  const url = ui === undefined ? null : runUrl(ui.url, ui.namespace, run.workflowId, run.workflowRunId);
  const books = { offered, applied, unchanged, conflicted, quarantined, filtered };
  return { id, link, direction, trigger, state, errorCode, errorDetail, requestedBy, messageId, books, windows, startedAt, finishedAt, url };
}
