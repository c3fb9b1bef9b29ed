import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { TidegateError } from '../exchange/errors.ts';
import { endProcess } from './end-process.ts';
import { identifyProcess, isRunning } from './process-identity.ts';

const identitySchema = z.object({ pid: z.int().positive(), startedAt: z.string() });

const runSchema = z.object({
  supervisor: identitySchema,
  watchdog: identitySchema.optional(),
  /** Addresses to show to who starts a second time. */
  pages: z.array(z.string()),
  /** In the order of their start. */
  parts: z.array(z.object({ name: z.string(), identity: identitySchema, ending: z.object({ signal: z.enum(['SIGINT', 'SIGTERM']), graceMs: z.number() }) })),
});

/** What a running supervisor notes down, for the next start to find: itself, its watchdog, its parts. */
export type Run = z.infer<typeof runSchema>;

const WATCHDOG_WAIT_MS = 60_000;
const RACE_MS = 100;

/** The run of a home folder, `undefined` if none was noted or the note can't be read. */
export function readRun(folder: string): Run | undefined {
  try {
    return runSchema.parse(JSON.parse(readFileSync(runFile(folder), 'utf8')));
  } catch {
    return undefined;
  }
}

/** Notes a run down, for its owner only; who reads meanwhile sees the old or the new note. */
export function writeRun(folder: string, run: Run): void {
  const unfinished = `${runFile(folder)}.${process.pid}`;
  writeFileSync(unfinished, `${JSON.stringify(run, null, 2)}\n`, { mode: 0o600 });
  renameSync(unfinished, runFile(folder));
}

/** Forgets the run: it ended in order. */
export function removeRun(folder: string): void {
  rmSync(runFile(folder), { force: true });
}

/**
 * Takes a home folder for a run of this process, and ends first what a killed run left behind.
 * Throws `already-running` with the pid and the pages of the run that goes on.
 */
export async function takeHome(folder: string): Promise<Run> {
  const before = readRun(folder);
  if (before !== undefined) {
    refuseSecond(before);
    await endLeftovers(before);
    const meanwhile = readRun(folder);
    if (meanwhile !== undefined) refuseSecond(meanwhile);
  }
  const supervisor = identifyProcess(process.pid);
  if (supervisor === undefined) throw new TidegateError('unexpected');
  const run: Run = { supervisor, pages: [], parts: [] };
  writeRun(folder, run);
  // Of two starts in the same moment, the one whose note was overwritten gives way.
  await sleep(RACE_MS);
  const noted = readRun(folder);
  if (noted !== undefined && noted.supervisor.pid !== process.pid) refuseSecond(noted);
  return run;
}

function refuseSecond(run: Run): void {
  if (!isRunning(run.supervisor)) return;
  const { pid } = run.supervisor;
  const where = run.pages.length === 0 ? 'it is still starting' : `pages at ${run.pages.join(', ')}`;
  throw new TidegateError('already-running', `It is process ${pid}, ${where}. Use it, or stop it first (Ctrl-C where it was started).`, {
    pid,
    pages: run.pages,
  });
}

/** A killed run's watchdog ends its parts; where that was killed too, this does it. */
async function endLeftovers(run: Run): Promise<void> {
  const until = performance.now() + WATCHDOG_WAIT_MS;
  while (run.watchdog !== undefined && isRunning(run.watchdog) && performance.now() < until) await sleep(50);
  for (const { identity, ending } of run.parts.toReversed()) await endProcess(identity, ending);
}

function runFile(folder: string): string {
  return join(folder, 'run.json');
}
