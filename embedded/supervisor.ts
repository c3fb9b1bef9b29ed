import { setTimeout as sleep } from 'node:timers/promises';
import { TidegateError } from '../exchange/errors.ts';
import { watchNpm } from './ancestors.ts';
import { endAtOnce, endProcess } from './end-process.ts';
import { logFileOf, makeHome } from './home.ts';
import { identifyProcess } from './process-identity.ts';
import { removeRun, takeHome, writeRun, type Run } from './run-file.ts';
import type { OnSpawn, PartExit } from './spawn-part.ts';
import { startWatchdog, type Watchdog } from './watchdog.ts';
import { startWorkerPart, type WorkerPart, type WorkerPartOptions } from './worker-part.ts';

/** Why everything was stopped. */
export type SupervisorEnd =
  | { readonly reason: 'stopped' | 'parent-gone'; readonly exitCode: 0 }
  | { readonly reason: 'signal'; readonly signal: string; readonly exitCode: 0 }
  /** A part died although nobody told it to. */
  | { readonly reason: 'part-ended'; readonly part: string; readonly exit: PartExit; readonly exitCode: 1 };

/** What a function that starts a part gets: where to log to, and where to tell of every process it starts. */
export interface PartHooks {
  readonly logFile: string;
  readonly onSpawn: OnSpawn;
}

/** Any part that can end: a PostgreSQL cluster, a Temporal server, a worker. */
export interface Part {
  readonly pid: number;
  readonly exited: Promise<PartExit>;
}

/** Is told when everything is being stopped because of a signal: at once, and before each part. */
export interface StopObserver {
  stopping(): void;
  /** By the name that it was started with. */
  part(name: string): void;
}

const BEGINNING_WAIT_MS = 2_000;

/** One Ctrl-C can arrive twice, from the terminal and through npm; what comes later is another one. */
const SAME_CTRL_C_MS = 500;

/**
 * Starts the parts of an embedded stack as children and answers for them: stops them in reverse order at SIGINT, SIGTERM,
 * SIGHUP, or when npm above it is gone; stops all the others if one dies; and its watchdog ends them if it is killed itself.
 * A second SIGINT ends at once what still runs: what the stores have committed is kept, and they recover at the next start.
 *
 *     const supervisor = await Supervisor.open({ folder: '.tidegate' });
 *     const crm = await supervisor.start('crm-postgres', (hooks) => startPostgresCluster({ dataFolder, password, ...hooks }));
 *     const producer = await supervisor.startWorker('producer', { script: 'workers/producer.ts', env });
 *     supervisor.showPages([url]);
 *     process.exitCode = (await supervisor.ended).exitCode;
 *
 * Whoever starts parts in a `try` calls `stopAll` in its `finally`; calling it twice does no harm.
 */
export class Supervisor {
  /** Settles once everything was stopped, for whatever reason. */
  readonly ended: Promise<SupervisorEnd>;
  readonly folder: string;
  readonly #watchdog: Watchdog;
  readonly #settle: (end: SupervisorEnd) => void;
  readonly #release: (() => void)[] = [];
  readonly #beginning = new Set<Promise<Part>>();
  readonly #observer: StopObserver | undefined;
  /** Parts in the order of their start, that which is being stopped included. */
  readonly #running = new Set<Run['parts'][number]>();
  #run: Run;
  #stopping: Promise<void> | undefined;
  #ending: SupervisorEnd | undefined;
  #signalledAt: number | undefined;

  /**
   * Takes a home folder (made if missing) for this process. Ends first what a killed run left behind.
   * Throws `already-running` with the other's pid and pages.
   */
  static async open({ folder, observer }: { readonly folder: string; readonly observer?: StopObserver }): Promise<Supervisor> {
    makeHome(folder);
    const run = await takeHome(folder);
    const watchdog = await startWatchdog();
    return new Supervisor(folder, run, watchdog, observer);
  }

  private constructor(folder: string, run: Run, watchdog: Watchdog, observer: StopObserver | undefined) {
    this.folder = folder;
    this.#watchdog = watchdog;
    this.#observer = observer;
    this.#run = { ...run, watchdog: identifyProcess(watchdog.pid) };
    writeRun(folder, this.#run);
    const { promise, resolve } = Promise.withResolvers<SupervisorEnd>();
    this.ended = promise;
    this.#settle = resolve;
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      // It stays installed while parts are stopped.
      const onSignal = (): void => this.#signalled(signal);
      process.on(signal, onSignal);
      this.#release.push(() => process.off(signal, onSignal));
    }
    this.#release.push(watchNpm(() => void this.#stop({ reason: 'parent-gone', exitCode: 0 })));
  }

  /** Why everything is being stopped, or was; undefined until then. What fails afterwards fails because of that. */
  get ending(): SupervisorEnd | undefined {
    return this.#ending;
  }

  /** Starts a part by a function that answers when it is ready. From then on its death stops everything. */
  async start<P extends Part>(name: string, begin: (hooks: PartHooks) => Promise<P>): Promise<P> {
    this.#refuseWhileStopping(name);
    const beginning = begin({ logFile: logFileOf(this.folder, name), onSpawn: (identity, ending) => this.#note(name, identity, ending) });
    this.#beginning.add(beginning);
    const part = await beginning.finally(() => this.#beginning.delete(beginning));
    this.#refuseWhileStopping(name);
    void part.exited.then((exit) => this.#partEnded(name, part.pid, exit));
    return part;
  }

  /** Starts a process of Tidegate's own, which says by itself that it is ready (`readyUntilStopped`). */
  async startWorker(name: string, options: Omit<WorkerPartOptions, 'logFile' | 'onSpawn'>): Promise<WorkerPart> {
    return this.start(name, (hooks) => startWorkerPart({ ...options, ...hooks }));
  }

  /** Stops one part in order, which is then not missed; does nothing for a name that does not run. */
  async stop(name: string): Promise<void> {
    for (const part of this.#run.parts.filter((candidate) => candidate.name === name).toReversed()) {
      this.#update({ parts: this.#run.parts.filter((candidate) => candidate !== part) });
      if (this.#signalledAt !== undefined) this.#observer?.part(name);
      await endProcess(part.identity, part.ending);
      this.#running.delete(part);
      this.#watchdog.forget(part.identity.pid);
    }
  }

  /** Addresses that a second start is told. */
  showPages(pages: readonly string[]): void {
    this.#update({ pages: [...pages] });
  }

  /** A file or folder that has to be gone when this run is, even if it is killed. */
  removeAtEnd(path: string): void {
    this.#watchdog.removeFolder(path);
  }

  /** Stops all parts in reverse order; safe to call twice and while parts are starting. */
  async stopAll(): Promise<void> {
    await this.#stop({ reason: 'stopped', exitCode: 0 });
  }

  #signalled(signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP'): void {
    if (this.#signalledAt === undefined) {
      this.#signalledAt = performance.now();
      if (this.#stopping === undefined) this.#observer?.stopping();
      void this.#stop({ reason: 'signal', signal, exitCode: 0 });
    } else if (signal === 'SIGINT' && performance.now() - this.#signalledAt > SAME_CTRL_C_MS) {
      for (const { identity, ending } of [...this.#running].toReversed()) endAtOnce(identity, ending);
    }
  }

  #stop(end: SupervisorEnd): Promise<void> {
    this.#ending ??= end;
    this.#stopping ??= this.#stopInOrder().then(() => this.#settle(end));
    return this.#stopping;
  }

  async #stopInOrder(): Promise<void> {
    await this.#stopParts();
    // A part that was just beginning shows up late, but what is being fetched for it need not be waited for.
    await Promise.race([Promise.allSettled(this.#beginning), sleep(BEGINNING_WAIT_MS, undefined, { ref: false })]);
    await this.#stopParts();
    await this.#watchdog.close();
    removeRun(this.folder);
    for (const release of this.#release) release();
  }

  async #stopParts(): Promise<void> {
    for (let last = this.#run.parts.at(-1); last !== undefined; last = this.#run.parts.at(-1)) await this.stop(last.name);
  }

  #note(name: string, identity: Run['supervisor'], ending: Run['parts'][number]['ending']): void {
    if (this.#stopping !== undefined) {
      // Nobody uses it yet, so there is nothing to put in order.
      process.kill(-identity.pid, 'SIGKILL');
      return;
    }
    this.#watchdog.watch(identity, ending);
    const part = { name, identity, ending };
    this.#running.add(part);
    this.#update({ parts: [...this.#run.parts, part] });
  }

  #partEnded(name: string, pid: number, exit: PartExit): void {
    const expected = this.#stopping !== undefined || !this.#run.parts.some((part) => part.identity.pid === pid);
    if (!expected) void this.#stop({ reason: 'part-ended', part: name, exit, exitCode: 1 });
  }

  #update(change: Partial<Run>): void {
    this.#run = { ...this.#run, ...change };
    try {
      writeRun(this.folder, this.#run);
    } catch (error) {
      // Where the folder is gone or its disk full, parts have to be stopped all the same: the note is for who would not find them stopped.
      if (this.#ending === undefined) throw error;
    }
  }

  #refuseWhileStopping(name: string): void {
    if (this.#stopping !== undefined) throw new TidegateError('part-not-started', `${name}: everything is being stopped.`);
  }
}
