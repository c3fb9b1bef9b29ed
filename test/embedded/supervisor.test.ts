import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { identifyProcess, isRunning, type ProcessIdentity } from '../../embedded/process-identity.ts';
import { removePostgresCluster } from '../../embedded/postgres-cluster.ts';
import { readRun } from '../../embedded/run-file.ts';

interface Up {
  readonly pid: number;
  readonly pids: Readonly<Record<string, number>>;
  readonly alive: boolean;
  /** What each worker told of itself. */
  readonly infos: readonly unknown[];
}

const script = join(import.meta.dirname, 'fixtures', 'stack.ts');
const started: ChildProcess[] = [];
const seen: ProcessIdentity[] = [];
let folder: string;
let home: string;
let notes: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidegate-supervisor-'));
  home = join(folder, 'home');
  notes = join(folder, 'notes');
  writeFileSync(notes, '');
});

afterEach(async () => {
  for (const child of started.splice(0)) if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  const left = await running(seen.splice(0));
  for (const { pid } of left) process.kill(pid, 'SIGKILL');
  removePostgresCluster(join(home, 'postgres'));
  rmSync(folder, { recursive: true, force: true });
  expect(left).toEqual([]);
});

/** Which of these processes still run, once they had time to end. */
async function running(identities: readonly ProcessIdentity[]): Promise<readonly ProcessIdentity[]> {
  const until = performance.now() + 20_000;
  while (identities.some(isRunning) && performance.now() < until) await sleep(20);
  return identities.filter(isRunning);
}

/** Starts a stack in a process of its own. `line` answers with the next line that it prints. */
function stack(...parts: string[]): { child: ChildProcess; line: () => Promise<unknown>; exited: Promise<unknown[]> } {
  return follow(spawn(process.execPath, [script, home, notes, ...parts], { stdio: ['ignore', 'pipe', 'inherit'] }));
}

function follow(child: ChildProcess): { child: ChildProcess; line: () => Promise<unknown>; exited: Promise<unknown[]> } {
  started.push(child);
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  return { child, line: async () => JSON.parse((await lines.next()).value ?? 'null') as unknown, exited: once(child, 'exit') };
}

/** Waits until it is up, and notes all its processes down. */
async function up(line: () => Promise<unknown>): Promise<Up> {
  const told = (await line()) as Up;
  expect(told).toMatchObject({ alive: true });
  for (const pid of [told.pid, readRun(home)!.watchdog!.pid, ...Object.values(told.pids)]) seen.push(identifyProcess(pid)!);
  return told;
}

describe('a supervisor', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('stops its parts in reverse order at %s, even if it comes twice', async (signal) => {
    const { child, line, exited } = stack('postgres', 'one', 'two', 'three');
    await up(line);
    child.kill(signal);
    child.kill(signal);
    expect(await line()).toEqual({ end: { reason: 'signal', signal, exitCode: 0 } });
    expect(await exited).toEqual([0, null]);
    expect(readFileSync(notes, 'utf8')).toBe(
      ['stopping', ...['three', 'two', 'one'].flatMap((name) => [`${name} is waited for`, `${name} SIGTERM`]), 'postgres is waited for', ''].join('\n'),
    );
    expect(existsSync(join(home, 'run.json'))).toBe(false);
    expect(readFileSync(join(home, 'logs', 'postgres.log'), 'utf8')).toContain('database system is shut down');
    expect(await running(seen)).toEqual([]);
  });

  it('tells at once what it waits for, and ends it at once at a second Ctrl-C', async () => {
    const { child, line, exited } = stack('postgres', 'one:stubborn', 'two');
    const { pids } = await up(line);
    // Two that come together are one Ctrl-C, from the terminal and through npm: later ones are another.
    while (identifyProcess(pids['one'] ?? 0) !== undefined) {
      child.kill('SIGINT');
      await sleep(50);
    }
    expect(await exited).toEqual([0, null]);
    expect(await running(seen)).toEqual([]);
    const [first, ...told] = readFileSync(notes, 'utf8').trim().split('\n');
    expect(first).toBe('stopping');
    expect(told).toEqual([
      'two is waited for',
      'two SIGTERM',
      'one is waited for',
      ...(told.includes('postgres is waited for') ? ['postgres is waited for'] : []),
    ]);
    expect(existsSync(join(home, 'run.json'))).toBe(false);
  });

  it('kills a part that does not stop', async () => {
    const { child, line, exited } = stack('one', 'two:deaf');
    await up(line);
    child.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
    expect(await running(seen)).toEqual([]);
    expect(readFileSync(notes, 'utf8')).toBe('stopping\ntwo is waited for\none is waited for\none SIGTERM\n');
  });

  it('stops everything and says which part died', async () => {
    const { line, exited } = stack('postgres', 'one', 'two');
    const { pids } = await up(line);
    process.kill(pids['postgres']!, 'SIGKILL');
    expect(await line()).toEqual({ end: { reason: 'part-ended', part: 'postgres', exit: { code: null, signal: 'SIGKILL' }, exitCode: 1 } });
    expect(await exited).toEqual([1, null]);
    expect(readFileSync(notes, 'utf8')).toBe('two SIGTERM\none SIGTERM\n');
    expect(await running(seen)).toEqual([]);
  });

  it('leaves nothing running or to be removed when it is killed', async () => {
    const { child, line } = stack('postgres', 'one', 'two:deaf');
    await up(line);
    writeFileSync(join(home, 'stack.json'), '{}');
    child.kill('SIGKILL');
    expect(await running(seen)).toEqual([]);
    expect(existsSync(join(home, 'stack.json'))).toBe(false);
  });

  it('ends what was left behind when its watchdog was killed as well', async () => {
    const first = stack('postgres', 'one:deaf');
    const { pids } = await up(first.line);
    process.kill(readRun(home)!.watchdog!.pid, 'SIGKILL');
    first.child.kill('SIGKILL');
    await first.exited;
    expect(identifyProcess(pids['postgres']!)).toBeDefined();
    const second = stack('postgres', 'one');
    const again = await up(second.line);
    expect(identifyProcess(pids['postgres']!)).toBeUndefined();
    expect(identifyProcess(pids['one']!)).toBeUndefined();
    expect(again.pids['postgres']).not.toBe(pids['postgres']);
    second.child.kill('SIGTERM');
    await second.exited;
  });

  it('leaves alone a process that has the number of one left behind', async () => {
    const stranger = spawn('sleep', ['60'], { detached: true });
    started.push(stranger);
    const first = stack('one');
    await up(first.line);
    process.kill(readRun(home)!.watchdog!.pid, 'SIGKILL');
    first.child.kill('SIGKILL');
    await first.exited;
    const run = readRun(home)!;
    const [one] = run.parts;
    writeFileSync(join(home, 'run.json'), JSON.stringify({ ...run, parts: [one, { ...one, identity: { ...one!.identity, pid: stranger.pid } }] }));
    const second = stack('one');
    await up(second.line);
    expect(identifyProcess(stranger.pid!)).toBeDefined();
    second.child.kill('SIGTERM');
    await second.exited;
  });

  it('refuses a second start, and names pid and pages of the first', async () => {
    const first = stack('one');
    const { pid } = await up(first.line);
    const second = stack('one');
    const { error } = (await second.line()) as { error: { code: string; message: string; facts: unknown } };
    expect(error).toMatchObject({ code: 'already-running', facts: { pid, pages: ['http://127.0.0.1:1/'] } });
    expect(error.message).toContain(`It is process ${pid}, pages at http://127.0.0.1:1/. Use it, or stop it first`);
    expect(await second.exited).toEqual([3, null]);
    expect(readRun(home)?.supervisor.pid).toBe(pid);
    first.child.kill('SIGTERM');
    expect(await first.exited).toEqual([0, null]);
  });

  it('lets one of two starts in the same moment win', async () => {
    const both = [stack('one'), stack('one')];
    const answers = (await Promise.all(both.map(({ line }) => line()))) as ({ pids?: object } & { error?: { code: string } })[];
    expect(answers.filter(({ pids }) => pids !== undefined)).toHaveLength(1);
    expect(answers.find(({ error }) => error !== undefined)?.error?.code).toBe('already-running');
    const winner = both[answers.findIndex(({ pids }) => pids !== undefined)]!;
    winner.child.kill('SIGTERM');
    expect(await winner.exited).toEqual([0, null]);
  });

  it('stops what was started when a part does not start, and shows the end of its log', async () => {
    const { line, exited } = stack('one', 'two:fails');
    expect(await line()).toEqual({ end: { reason: 'stopped', exitCode: 0 } });
    const { error } = (await line()) as { error: { code: string; message: string; ending?: string } };
    expect(error).toMatchObject({ code: 'part-not-started' });
    expect(error).not.toHaveProperty('ending');
    expect(error.message).toContain('ended (7)');
    expect(error.message).toContain('no such table: tides');
    expect(await exited).toEqual([3, null]);
    expect(readFileSync(notes, 'utf8')).toBe('one SIGTERM\n');
  });

  it('knows which part died where another one, that was beginning, fails because of it', async () => {
    const { line, exited } = stack('one', 'two:slow');
    while (readRun(home)?.parts.length !== 2) await sleep(1);
    const { parts } = readRun(home)!;
    for (const { identity } of parts) seen.push(identity);
    process.kill(parts[0]!.identity.pid, 'SIGKILL');
    const told = [await line(), await line()];
    expect(told).toContainEqual({ end: { reason: 'part-ended', part: 'one', exit: { code: null, signal: 'SIGKILL' }, exitCode: 1 } });
    expect(told).toContainEqual({ error: expect.objectContaining({ code: 'part-not-started', ending: 'part-ended' }) as object });
    await exited;
    expect(await running(seen)).toEqual([]);
  });

  it('stops its parts in order although its folder is gone', async () => {
    const { child, line, exited } = stack('one', 'two');
    await up(line);
    rmSync(home, { recursive: true });
    child.kill('SIGTERM');
    expect(await line()).toEqual({ end: { reason: 'signal', signal: 'SIGTERM', exitCode: 0 } });
    expect(await exited).toEqual([0, null]);
    expect(readFileSync(notes, 'utf8')).toBe('stopping\ntwo is waited for\ntwo SIGTERM\none is waited for\none SIGTERM\n');
    expect(await running(seen)).toEqual([]);
  });

  it('stops in the middle of a start', async () => {
    const { child, line, exited } = stack('one', 'postgres');
    while (readRun(home)?.parts.length !== 2) await sleep(1);
    for (const { identity } of readRun(home)!.parts) seen.push(identity);
    child.kill('SIGTERM');
    const told = [await line(), await line()];
    expect(told).toContainEqual({ end: { reason: 'signal', signal: 'SIGTERM', exitCode: 0 } });
    await exited;
    expect(await running(seen)).toEqual([]);
  });

  it('hands over what a worker tells of itself, and keeps the environment of its own from it', async () => {
    const { child, line, exited } = stack('one');
    const { infos } = await up(line);
    expect(infos).toEqual([{ name: 'one', environment: expect.arrayContaining(['PATH']) }]);
    expect(JSON.stringify(infos)).not.toContain('VITEST');
    child.kill('SIGTERM');
    await exited;
  });

  it('keeps its files to their owner', async () => {
    const { child, line, exited } = stack('one');
    await up(line);
    const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8);
    expect(mode(home)).toBe('700');
    expect(mode(join(home, 'run.json'))).toBe('600');
    expect(mode(join(home, 'logs'))).toBe('700');
    expect(mode(join(home, 'logs', 'one.log'))).toBe('600');
    child.kill('SIGTERM');
    await exited;
  });

  it('stops when npm above it is ended', async () => {
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ scripts: { start: `"${process.execPath}" "${script}" "${home}" "${notes}" one` } }));
    const npm = follow(spawn('npm', ['start', '--silent'], { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'], detached: true }));
    await up(npm.line);
    npm.child.kill('SIGKILL');
    expect(await running(seen)).toEqual([]);
    expect(readFileSync(notes, 'utf8')).toMatch(/^one SIGTERM\n$/);
  });
});
