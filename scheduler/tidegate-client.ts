import { type Client, type WorkflowExecutionDescription, WorkflowNotFoundError } from '@temporalio/client';
import type { ForwardProgress, PauseOrder, ResumeOrder } from '../workflows/forward-messages.ts';
import type { ApplyReleaseResult } from '../workflows/apply-release.ts';
import { TidegateError } from '../exchange/errors.ts';
import { describeRun, type RunDescription } from './describe-run.ts';
import { type ForwardChain, ensureForwardChain } from './forward-chain.ts';
import { linkName } from '../exchange/names.ts';
import { workflowIdOfRun } from './ids.ts';
import type {
  BreachDecision,
  DecidedBreach,
  DecisionOrder,
  LinkStore,
  NewRelease,
  ReloadApproval,
  SelectedRecord,
  NewErasure,
  NewPlan,
  NewUndo,
} from './link-store.ts';
import { type ReconcileOrder, type StartedReconciliation, startReconciliation } from './reconcile-run.ts';
import { type StartedErasure, awaitErasure, startErasure } from './erasure-run.ts';
import { awaitPlan, startPlan } from './plan-run.ts';
import { tellDecision } from './approval-run.ts';
import { type StartedRelease, awaitRelease, startRelease } from './release-run.ts';
import { type PumpBeat, readPumpBeat } from './pump-beat.ts';
import { type ScheduledLink, deleteSchedules, ensurePruneSchedule, ensureSchedules, setSchedulePeriod, triggerReverse } from './schedules.ts';

/** What a client is made of. */
export interface TidegateClientOptions {
  readonly client: Client;
  readonly store: LinkStore;
  readonly taskQueue: string;
  /** Base URL of the Temporal UI, for links to runs. */
  readonly uiUrl?: string | undefined;
}

/** A synchronisation that somebody asks for. */
export interface SyncOrder {
  readonly link: string;
  /** Default: all. */
  readonly collections?: readonly string[];
  /** Selected records; their collections need not be named. */
  readonly records?: readonly SelectedRecord[];
  readonly by: string;
  readonly reason?: string;
}

/** A period that somebody sets. */
export interface PeriodOrder {
  readonly direction: 'forward' | 'reverse';
  readonly everyMs: number;
  readonly by: string;
}

/** How far forward synchronisation of a link is. */
export interface LinkProgress {
  /** Workflow id of the chain; null where none was ever started. */
  readonly workflowId: string | null;
  readonly running: boolean;
  /** What the workflow says; null where no worker answers. */
  readonly run: ForwardProgress | null;
  /** The pump's last sign of life; null while it does not run. */
  readonly pump: PumpBeat | null;
}

/** The typed client with which CRM code starts, signals and queries synchronisation. Errors are TidegateErrors or those of the Temporal client. */
export class TidegateClient {
  readonly #options: TidegateClientOptions;

  constructor(options: TidegateClientOptions) {
    this.#options = options;
  }

  /** Sees to it that the forward chain of a link runs. Throws `link-stopped`. */
  startForward(link: string): Promise<ForwardChain> {
    return ensureForwardChain(this.#options, link);
  }

  /** Asks for forward synchronisation. Gives the request row's id; it is `done` once everything asked for is receipted. Throws `link-stopped`; the row waits then. */
  async requestForward(order: SyncOrder): Promise<{ readonly requestId: string }> {
    const requestId = await this.#write('forward', order);
    await this.startForward(order.link);
    return { requestId };
  }

  /**
   * Orders cloud changes in: a request row, then the reverse Schedule fires. If only the firing fails, the next one serves the
   * row. Throws `link-stopped`; the row waits then.
   */
  async orderReverse(order: SyncOrder): Promise<{ readonly requestId: string }> {
    const requestId = await this.#write('reverse', order);
    const standing = await this.#options.store.readLink(order.link);
    if (standing?.state === 'stopped') throw new TidegateError('link-stopped', standing.reason ?? undefined, { link: order.link });
    await triggerReverse(this.#options.client, order.link);
    return { requestId };
  }

  /**
   * Compares the stores, and where asked for has what differs repaired by ordinary runs. Throws `bad-request` where deletes are
   * approved without a reason.
   */
  reconcile(order: ReconcileOrder): Promise<StartedReconciliation> {
    return startReconciliation(this.#options, order);
  }

  /** Has a decision carried out that writes into the CRM: a release of it is signed, verified and used once (rule 5). */
  release(decision: NewRelease): Promise<StartedRelease> {
    return startRelease(this.#options, decision);
  }

  /** Waits until a release was carried out. Throws what it was refused with. */
  awaitRelease(releaseId: string): Promise<ApplyReleaseResult> {
    return awaitRelease(this.#options.client, releaseId);
  }

  /**
   * Tries a record again that was set aside: one that waits at the CRM under a release, one that waits at the cloud by being sent
   * again. Throws `record-not-found`, `already-decided`.
   */
  async retrySetAside({ link, id, by, reason }: DecisionOrder): Promise<StartedRelease | { readonly requestId: string }> {
    const { direction, ...record } = await this.#options.store.readWaiting(link, id);
    if (direction === 'forward') return this.requestForward({ link, records: [record], by, reason });
    return this.release({ link, act: 'retry', subject: id, values: null, requestedBy: by, reason });
  }

  /** Gives up a record that was set aside. What the CRM has is sent again, so that the cloud's copy is put right. */
  async discardSetAside(order: DecisionOrder): Promise<{ readonly requestId: string | null }> {
    const { link, by, reason } = order;
    const again = await this.#options.store.discard(order);
    return again === undefined ? { requestId: null } : this.requestForward({ link, records: [again], by, reason });
  }

  /** Decides a waiting conflict for what stands, the CRM's value. Throws `record-not-found`, `already-decided`. */
  keepConflict(order: DecisionOrder): Promise<void> {
    return this.#options.store.keepConflict(order);
  }

  /**
   * Approves or rejects what waits: a window or run that exceeds its budget, a load, a truncated table. The decision is the CRM's row;
   * the workflow that waits is told of it and goes on. Throws `record-not-found`, `already-decided`.
   */
  async decideBreach(decision: BreachDecision): Promise<DecidedBreach> {
    const decided = await this.#options.store.decideBreach(decision);
    const { link, approved, by, reason } = decision;
    await tellDecision(this.#options, link, decided.id, { approved, by, reason });
    if (!approved || decided.batchId !== null) return decided;
    const order = { link, collections: [decided.collection], by, reason };
    await (decided.direction === 'forward' ? this.requestForward(order) : this.orderReverse(order));
    return decided;
  }

  /** Has the values of a record destroyed everywhere. */
  erase(order: NewErasure): Promise<StartedErasure> {
    return startErasure(this.#options, order);
  }

  /** Waits until an erasure was carried out. Throws what it was refused with. */
  awaitErasure(started: StartedErasure): Promise<void> {
    return awaitErasure(this.#options.client, started);
  }

  /** Has worked out what a run would do; nothing is changed. The plan stands in the CRM's rows for an hour. */
  plan(order: NewPlan): Promise<{ readonly planId: string; readonly workflowId: string }> {
    return startPlan(this.#options, order);
  }

  /** Waits until a plan is worked out. Throws why it could not be. */
  awaitPlan(planId: string): Promise<void> {
    return awaitPlan(this.#options.client, planId);
  }

  /**
   * Has a run undone: what its records were before is put back into the CRM under a signed release, as a run of its own. Gives the
   * number of the undo beside its release. Throws `record-not-found`, `undo-forward`, `bad-request`.
   */
  async undo(order: NewUndo): Promise<StartedRelease & { readonly undo: number }> {
    const undo = await this.#options.store.writeUndo(order);
    const { link, requestedBy, reason } = order;
    return { undo, ...(await this.release({ link, act: 'undo', subject: undo, values: null, requestedBy, reason })) };
  }

  /** Stops the flow of a link in both directions until it is resumed. */
  async pause(link: string, { reason, by }: PauseOrder): Promise<void> {
    await this.#options.store.pauseLink(link, reason, by);
    await this.#signal<[PauseOrder]>(link, 'pauseLink', { reason, by });
  }

  /** Lets a paused or stopped link go on. `reload` approves a new initial load, the only way on after a store was restored. */
  async resume(link: string, { by, reload }: ResumeOrder & { readonly reload?: ReloadApproval }): Promise<ForwardChain> {
    await this.#options.store.resumeLink(link, by, reload);
    await this.#signal<[ResumeOrder]>(link, 'resumeLink', { by });
    return this.startForward(link);
  }

  /** How far forward synchronisation of a link is. */
  async progress(link: string): Promise<LinkProgress> {
    const workflowId = await this.#chainOf(link);
    if (workflowId === null) return { workflowId, running: false, run: null, pump: null };
    const handle = this.#options.client.workflow.getHandle(workflowId);
    const description: WorkflowExecutionDescription | undefined = await handle.describe().catch(ignoreNotFound);
    if (description === undefined) return { workflowId, running: false, run: null, pump: null };
    const run = await handle.query<ForwardProgress>('progress').catch(() => null);
    return { workflowId, running: description.status.name === 'RUNNING', run, pump: await readPumpBeat(this.#options.client, description) };
  }

  /** One run, as the Temporal server knows it. Throws `record-not-found`. */
  describeRun(workflowId: string, runId?: string): Promise<RunDescription> {
    return describeRun(this.#options, workflowId, runId);
  }

  /** Makes the Schedules of all links, and that of pruning where retention is configured, or brings them up to date. A period that somebody has set outlives the configured one. What they start leads to the CRM's page, where its address is given. */
  async ensureSchedules(
    config: { readonly links: readonly ScheduledLink[]; readonly retention?: { readonly everyMinutes: number } },
    crmPage?: string,
  ): Promise<void> {
    const { client, taskQueue } = this.#options;
    if (config.retention !== undefined) await ensurePruneSchedule(client, taskQueue, config.retention.everyMinutes * 60_000);
    for (const link of config.links) {
      const { forward, reverse } = await this.#options.store.readPeriods(linkName(link));
      const { forwardEveryMs, reverseEveryMs } = link.schedules;
      const schedules = { forwardEveryMs: forward ?? forwardEveryMs, reverseEveryMs: reverse ?? reverseEveryMs };
      await ensureSchedules(client, taskQueue, { ...link, schedules }, crmPage);
    }
  }

  /** Sets the period of one direction of a link, for now and for later starts. Throws `link-mismatch`. */
  async setPeriod(link: string, { direction, everyMs, by }: PeriodOrder): Promise<void> {
    // Kept first: should the server go away in between, the next worker that starts brings the Schedule up to date.
    await setSchedulePeriod(this.#options.client, { link, direction, everyMs }, () => this.#options.store.setPeriod(link, direction, everyMs, by));
  }

  /** Removes the Schedules of a link. */
  deleteSchedules(link: string): Promise<void> {
    return deleteSchedules(this.#options.client, link);
  }

  #write(direction: 'forward' | 'reverse', { link, collections = [], records, by, reason }: SyncOrder): Promise<string> {
    const cause = records === undefined ? 'user' : 'records';
    return this.#options.store.writeRequest({ link, direction, cause, collections, records: records ?? null, requestedBy: by, reason: reason ?? null });
  }

  async #chainOf(link: string): Promise<string | null> {
    const standing = await this.#options.store.readLink(link);
    return standing?.openedRun == null ? null : workflowIdOfRun(standing.openedRun);
  }

  /** A chain that has ended needs no signal: the link's row says the same. */
  async #signal<Args extends [unknown]>(link: string, name: 'pauseLink' | 'resumeLink', ...args: Args): Promise<void> {
    const workflowId = await this.#chainOf(link);
    if (workflowId === null) return;
    await this.#options.client.workflow
      .getHandle(workflowId)
      .signal(name, ...args)
      .catch(ignoreNotFound);
  }
}

function ignoreNotFound(error: unknown): undefined {
  if (error instanceof WorkflowNotFoundError) return undefined;
  throw error;
}
