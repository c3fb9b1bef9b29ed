import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { registerKey } from '../../adaptor/auth/register.ts';
import { createPrivateJwk } from '../../adaptor/auth/signing-key.ts';
import { partyId } from '../../exchange/claims.ts';
import { bundleOnce } from '../../workers/crm/workflow-bundle.ts';
import type { TestLink } from './test-link.ts';
import { WORKFLOWS_PATH } from './temporal-worker.ts';
import { testTemporal } from './temporal.ts';
import type { WorkerProcessSettings } from './worker-process.ts';

const SCRIPT = fileURLToPath(new URL('worker-process.ts', import.meta.url));
const QUICK_HEARTBEATS = fileURLToPath(new URL('quick-heartbeats.ts', import.meta.url));
const HOUR_MS = 3_600_000;

/** A worker of a test link in a process of its own. */
export interface KillableWorker {
  readonly pid: number;
  /** Activities that failed in it, with the code. */
  readonly failures: readonly { readonly activity: string; readonly code: string | null }[];
  /** Resolves with the signal that ended it. */
  readonly ended: Promise<NodeJS.Signals | null>;
  signal(signal: NodeJS.Signals): void;
  /** Whether it is frozen (Linux: the state of its process). */
  isFrozen(): boolean;
  /** Lets it stop in order. */
  stop(): Promise<void>;
  /** Ends it by SIGKILL, if it still runs, and waits. */
  end(): Promise<void>;
}

/** Starts a worker, with or without a point of death. */
export type StartKillableWorker = (death?: WorkerProcessSettings['death']) => Promise<KillableWorker>;

/** Code of the workflows as such workers run them; bundled once for all of them. */
export function bundleForKillable(): Promise<string> {
  return bundleOnce({ workflowsPath: WORKFLOWS_PATH, workflowInterceptorModules: [QUICK_HEARTBEATS] });
}

/** Gives a function that starts workers of a link, all on one task queue and with one bundle of the workflows. */
export async function killableWorkers(link: TestLink, taskQueue: string): Promise<StartKillableWorker> {
  const { address, namespace } = await testTemporal();
  const key = await createPrivateJwk(partyId('crm', link.setup.identity));
  const publicJwk = { kty: key.kty, crv: key.crv, x: key.x };
  for (const pool of [link.crmAdmin, link.cloudAdmin])
    await registerKey(pool, { party: key.party, publicJwk, notBeforeMs: Date.now() - HOUR_MS, notAfterMs: Date.now() + HOUR_MS });
  const { tidegate_consumer: consumer, tidegate_reverse: reverse, tidegate_verifier: verifier } = link.crm.urls;
  const code = await bundleForKillable();
  return async (death) => {
    const settings: WorkerProcessSettings = {
      temporal: { address, namespace, taskQueue },
      urls: { consumer, reverse, verifier },
      producerUrl: link.producer.url,
      tls: link.producer.crmTls,
      key,
      config: link.config,
      bundle: code,
      death,
    };
    const env = Object.fromEntries(['PATH', 'HOME', 'NODE_COMPILE_CACHE', 'TEST_LOG_LEVEL'].map((name) => [name, process.env[name]]));
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', SCRIPT], { env, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    const ended = once(child, 'exit').then(([, signal]) => signal as NodeJS.Signals | null);
    const failures: { activity: string; code: string | null }[] = [];
    child.on('message', (message: { failed?: (typeof failures)[number] }) => message.failed && failures.push(message.failed));
    child.send(settings);
    await Promise.race([once(child, 'message'), ended]);
    return handleOf(child, ended, failures);
  };
}

function handleOf(child: ChildProcess, ended: Promise<NodeJS.Signals | null>, failures: KillableWorker['failures']): KillableWorker {
  return {
    pid: child.pid ?? 0,
    failures,
    ended,
    isFrozen: () => /\) T /.test(readFileSync(`/proc/${child.pid}/stat`, 'utf8')),
    signal: (signal) => void child.kill(signal),
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
    end: async () => {
      child.kill('SIGCONT');
      child.kill('SIGKILL');
      await ended;
    },
  };
}
