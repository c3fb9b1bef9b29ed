import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { removePostgresCluster } from '../../embedded/postgres-cluster.ts';
import { identifyProcess } from '../../embedded/process-identity.ts';
import { startWatchdog } from '../../embedded/watchdog.ts';
import { connectTemporal } from '../../scheduler/connection.ts';
import { reverseScheduleId } from '../../scheduler/ids.ts';
import type { StackFile } from '../../workers/stack/stack-file.ts';
import { BY_HAND_ONLY } from './by-hand-only.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const POLL_MS = 100;

/** What a command printed and how it ended. */
export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A home folder of its own for stacks started by a test. */
export function makeHome(): { readonly home: string; remove(): void } {
  const home = mkdtempSync(join(tmpdir(), 'tidegate-stack-'));
  return {
    home,
    remove: () => {
      for (const side of ['crm', 'cloud']) removePostgresCluster(join(home, side, 'postgres'));
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** A stack that runs until it is told to stop. */
export interface TestStack {
  readonly process: ChildProcess;
  readonly stack: StackFile;
  /** What it printed until now. */
  output(): string;
  /** Sends a signal and waits until the process has ended. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Any free ports: two stacks that start at once would both find the usual ones free. */
export const ANY_PORTS: Readonly<Record<string, string>> = Object.fromEntries(
  ['PRODUCER_PORT', 'PRODUCER_PLAIN_PORT', 'CRM_APP_PORT', 'CLOUD_PAGE_PORT', 'TEMPORAL_UI_PORT'].map((name) => [`TIDEGATE_${name}`, '0']),
);

const environment = (home: string, more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv => ({
  ...process.env,
  TIDEGATE_HOME: home,
  ...ANY_PORTS,
  ...more,
});

/** Has a stack run the usual link without Schedules that fire by themselves; the variable that names its configuration. */
export function usualLinkByHand(home: string): { readonly TIDEGATE_CONFIG: string } {
  const builtIn = JSON.stringify(join(root, 'configuration/built-in.ts'));
  const link = JSON.stringify({ tenant: 'acme', environment: 'development', link: 'hub', schedules: BY_HAND_ONLY });
  const file = join(home, 'by-hand.config.ts');
  mkdirSync(home, { recursive: true });
  writeFileSync(
    file,
    `import { appointments, contacts, tasks } from ${builtIn};\nexport default { links: [{ ...${link}, collections: [contacts, appointments, tasks] }] };\n`,
  );
  return { TIDEGATE_CONFIG: file };
}

/** Runs `npm start`'s script to its end. */
export function runStack(home: string, args: readonly string[], more: Readonly<Record<string, string>> = {}): Promise<Finished> {
  return finish(
    spawn(process.execPath, [join(root, 'workers/stack.ts'), ...args], { cwd: root, env: environment(home, more), stdio: ['ignore', 'pipe', 'pipe'] }),
  );
}

/** Runs the command line against a stack's home. */
export function runCli(home: string, args: readonly string[], more: Readonly<Record<string, string>> = {}): Promise<Finished> {
  return finish(spawn(process.execPath, [join(root, 'cli/main.ts'), ...args], { cwd: root, env: environment(home, more), stdio: ['ignore', 'pipe', 'pipe'] }));
}

/** Runs the cloud's editing tool against a stack's home. */
export function runCloudEdit(home: string, args: readonly string[]): Promise<Finished> {
  return finish(
    spawn(process.execPath, [join(root, 'workers/cloud-edit.ts'), ...args], { cwd: root, env: environment(home), stdio: ['ignore', 'pipe', 'pipe'] }),
  );
}

/** Starts a stack and waits until it is up and has synchronised for the first time. */
export async function startStack(home: string, args: readonly string[] = [], more: Readonly<Record<string, string>> = {}): Promise<TestStack> {
  const child = spawn(process.execPath, [join(root, 'workers/stack.ts'), ...args], {
    cwd: root,
    env: environment(home, more),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // Whoever does not stop it, because a test failed or the run was killed: nothing goes on.
  const watchdog = await startWatchdog();
  const identity = identifyProcess(child.pid ?? 0);
  if (identity !== undefined) watchdog.watch(identity, { signal: 'SIGTERM', graceMs: 30_000 });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  let over = false;
  void ended.then(() => (over = true));
  while (!text.includes('Ctrl-C stops everything')) {
    if (over) throw new Error(`The stack ended at its start:\n${text}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return {
    process: child,
    stack: JSON.parse(readFileSync(join(home, 'stack.json'), 'utf8')) as StackFile,
    output: () => text,
    stop: async (signal = 'SIGTERM') => {
      child.kill(signal);
      await ended;
      await watchdog.close();
      return ended;
    },
  };
}

/** Keeps a link's reverse Schedule from firing by itself: the test that runs orders what comes in, and none that it did not. */
export async function orderByHandOnly({ temporal }: StackFile, link: string): Promise<void> {
  await using server = await connectTemporal(temporal);
  await server.client.schedule.getHandle(reverseScheduleId(link)).pause('a test orders by itself');
}

function finish(child: ChildProcess): Promise<Finished> {
  const out = { stdout: '', stderr: '' };
  child.stdout?.on('data', (chunk: Buffer) => (out.stdout += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (out.stderr += chunk.toString()));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, ...out })));
}
