import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { registerKey } from '../../adaptor/auth/register.ts';
import { createPrivateJwk } from '../../adaptor/auth/signing-key.ts';
import { partyId } from '../../exchange/claims.ts';
import type { TestLink } from './test-link.ts';
import { testTemporal } from './temporal.ts';
import type { WorkerProcessSettings } from './worker-process.ts';

const SCRIPT = fileURLToPath(new URL('worker-process.ts', import.meta.url));
const HOUR_MS = 3_600_000;

/** A worker of a test link in a process of its own. */
export interface KillableWorker {
  readonly pid: number;
  /** Resolves with the signal that ended it. */
  readonly ended: Promise<NodeJS.Signals | null>;
  signal(signal: NodeJS.Signals): void;
  /** Ends it by SIGKILL, if it still runs, and waits. */
  end(): Promise<void>;
}

/** Gives a function that starts workers of a link, each with or without a point of death. */
export async function killableWorkers(link: TestLink, taskQueue: string): Promise<(death?: WorkerProcessSettings['death']) => Promise<KillableWorker>> {
  const { address, namespace } = await testTemporal();
  const key = await createPrivateJwk(partyId('crm', link.setup.identity));
  const publicJwk = { kty: key.kty, crv: key.crv, x: key.x };
  for (const pool of [link.crmAdmin, link.cloudAdmin])
    await registerKey(pool, { party: key.party, publicJwk, notBeforeMs: Date.now() - HOUR_MS, notAfterMs: Date.now() + HOUR_MS });
  const { tidegate_consumer: consumer, tidegate_reverse: reverse, tidegate_verifier: verifier } = link.crm.urls;
  return async (death) => {
    const settings: WorkerProcessSettings = {
      temporal: { address, namespace, taskQueue },
      urls: { consumer, reverse, verifier },
      producerUrl: link.producer.url,
      tls: link.producer.crmTls,
      key,
      config: link.config,
      death,
    };
    const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], TEST_LOG_LEVEL: process.env['TEST_LOG_LEVEL'], TEST_WORKER: JSON.stringify(settings) };
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', SCRIPT], { env, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    const ended = once(child, 'exit').then(([, signal]) => signal as NodeJS.Signals | null);
    await Promise.race([once(child, 'message'), ended]);
    return handleOf(child, ended);
  };
}

function handleOf(child: ChildProcess, ended: Promise<NodeJS.Signals | null>): KillableWorker {
  return {
    pid: child.pid ?? 0,
    ended,
    signal: (signal) => void child.kill(signal),
    end: async () => {
      child.kill('SIGCONT');
      child.kill('SIGKILL');
      await ended;
    },
  };
}
