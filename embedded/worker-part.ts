import { TidegateError } from '../exchange/errors.ts';
import type { Ending } from './end-process.ts';
import { lastLogLines, spawnPart, type OnSpawn, type PartExit, type SpawnedPart } from './spawn-part.ts';

/** A process of Tidegate's own that is started as a child. */
export interface WorkerPartOptions {
  /** The file of the process, e.g. `workers/producer.ts`; run by this process's Node. */
  readonly script: string;
  readonly args?: readonly string[];
  /** The whole environment of the child: nothing is inherited but what finding programs and libraries needs. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  readonly logFile?: string;
  readonly onSpawn?: OnSpawn;
  /** Default 60 s. */
  readonly readyTimeoutMs?: number;
  /** How long it may take to stop by itself. Default 15 s. */
  readonly graceMs?: number;
}

/** A process that has said that it is ready: by `readyUntilStopped`, or by sending `{ ready: true, ...info }` itself. */
export interface WorkerPart {
  readonly pid: number;
  readonly exited: Promise<PartExit>;
  /** What it told of itself beside `ready`, to be parsed by who knows its shape. */
  readonly info: unknown;
}

/** What a child needs to run at all; everything else of the parent's environment stays with the parent. */
const INHERITED = ['PATH', 'HOME', 'LANG', 'TZ', 'TMPDIR', 'NODE_EXTRA_CA_CERTS', 'NODE_COMPILE_CACHE', 'SSL_CERT_FILE', 'XDG_CACHE_HOME'] as const;

/**
 * Starts a process and waits until it says that it is ready.
 * Throws `part-not-started` with the end of its log if it ends before, or says nothing in time.
 */
export async function startWorkerPart(options: WorkerPartOptions): Promise<WorkerPart> {
  const ending: Ending = { signal: 'SIGTERM', graceMs: options.graceMs ?? 15_000 };
  const inherited = Object.fromEntries(INHERITED.map((name) => [name, process.env[name]]));
  const part = await spawnPart({
    command: process.execPath,
    args: ['--enable-source-maps', options.script, ...(options.args ?? [])],
    env: { ...inherited, ...options.env },
    cwd: options.cwd,
    logFile: options.logFile,
    ending,
    channel: true,
    onSpawn: options.onSpawn,
  });
  const info = await untilReady(part, options);
  return { pid: part.identity.pid, exited: part.exited, info };
}

async function untilReady(part: SpawnedPart, options: WorkerPartOptions): Promise<unknown> {
  const { promise: ready, resolve, reject } = Promise.withResolvers<unknown>();
  const fail = (what: string): void => reject(new TidegateError('part-not-started', `${options.script} ${what}.\n${lastLogLines(options.logFile, 20)}`));
  const timer = setTimeout(() => fail('did not become ready in time'), options.readyTimeoutMs ?? 60_000);
  const onMessage = (message: unknown): void => {
    if (typeof message !== 'object' || message === null || !('ready' in message)) return;
    const { ready: _ready, ...info } = message;
    resolve(info);
  };
  part.child.on('message', onMessage);
  part.exited.then(({ code, signal }) => fail(`ended (${signal ?? code})`), reject);
  try {
    return await ready;
  } finally {
    clearTimeout(timer);
    part.child.off('message', onMessage);
  }
}
