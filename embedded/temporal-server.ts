import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { TidegateError } from '../exchange/errors.ts';
import { endProcess, type Ending } from './end-process.ts';
import { choosePort, LOOPBACK, wasPortTaken } from './ports.ts';
import { lastLogLines, spawnPart, type OnSpawn, type PartExit, type SpawnedPart } from './spawn-part.ts';
import { findTemporalBinary } from './temporal-binary.ts';

/** Types that a search attribute may have. */
export type SearchAttributeType = 'Text' | 'Keyword' | 'Int' | 'Double' | 'Bool' | 'Datetime' | 'KeywordList';

/** What the development server is started with. */
export interface TemporalServerOptions {
  /** Keeps workflows across restarts; they live in memory if left out. One running server a file. */
  readonly databaseFile?: string;
  /** Default `tidegate`. Made if missing. */
  readonly namespace?: string;
  /** Name to type; made if missing. */
  readonly searchAttributes?: Readonly<Record<string, SearchAttributeType>>;
  /** Of the front end; 0 (the default) chooses a free one. */
  readonly port?: number;
  /** Of the user interface; 0 (the default) chooses a free one. */
  readonly uiPort?: number;
  /** Where the user interface has encoded payloads decoded, with the user's own sign-in there. */
  readonly codecEndpoint?: string;
  readonly logFile?: string;
  readonly onSpawn?: OnSpawn;
  /** Default 60 s. */
  readonly startTimeoutMs?: number;
}

/** A running development server. */
export interface TemporalServer {
  /** host:port of the front end. */
  readonly address: string;
  readonly uiUrl: string;
  readonly namespace: string;
  readonly pid: number;
  readonly exited: Promise<PartExit>;
  /** Stops it; safe to call twice. */
  stop(): Promise<void>;
}

const ENDING: Ending = { signal: 'SIGTERM', graceMs: 10_000 };
const POLL_MS = 50;
const PORT_ATTEMPTS = 3;

/** With the server's defaults each activity costs 101 ms, with these 9-14 ms (measured). */
const DYNAMIC_CONFIGURATION = {
  'history.transferProcessorMaxPollRPS': 2_000,
  'history.timerProcessorMaxPollRPS': 2_000,
  'history.transferProcessorMaxPollHostRPS': 5_000,
  'history.timerProcessorMaxPollHostRPS': 5_000,
} as const;

/**
 * Starts a Temporal development server with its user interface on loopback, for a namespace with search attributes.
 * Throws `part-not-started` with the end of its log, `port-busy`, or `set-up-failed` where no program can be found or fetched.
 */
export async function startTemporalServer(options: TemporalServerOptions = {}): Promise<TemporalServer> {
  const command = await findTemporalBinary();
  const namespace = options.namespace ?? 'tidegate';
  for (let attempt = 1; ; attempt += 1) {
    const port = await choosePort(options.port);
    const uiPort = await choosePort(options.uiPort);
    const part = await spawnPart({
      command,
      args: flags(options, { namespace, port, uiPort }),
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'] },
      logFile: options.logFile,
      ending: ENDING,
      onSpawn: options.onSpawn,
    });
    const server: TemporalServer = {
      address: `${LOOPBACK}:${port}`,
      uiUrl: `http://${LOOPBACK}:${uiPort}`,
      namespace,
      pid: part.identity.pid,
      exited: part.exited,
      stop: async () => {
        await endProcess(part.identity, ENDING);
      },
    };
    try {
      await untilReady(part, server, options);
      return server;
    } catch (error) {
      await server.stop();
      const mayChooseAgain = (options.port ?? 0) === 0 && (options.uiPort ?? 0) === 0 && attempt < PORT_ATTEMPTS;
      if (!mayChooseAgain || !(await wasPortTaken([port, uiPort], part.printed()))) throw error;
    }
  }
}

function flags(options: TemporalServerOptions, chosen: { namespace: string; port: number; uiPort: number }): string[] {
  const args = ['server', 'start-dev', '--ip', LOOPBACK, '--port', String(chosen.port), '--ui-port', String(chosen.uiPort)];
  args.push('--namespace', chosen.namespace, '--log-level', 'warn', '--ui-disable-news-fetch');
  if (options.databaseFile !== undefined) args.push('--db-filename', options.databaseFile);
  if (options.codecEndpoint !== undefined) args.push('--ui-codec-endpoint', options.codecEndpoint);
  for (const [name, value] of Object.entries(DYNAMIC_CONFIGURATION)) args.push('--dynamic-config-value', `${name}=${value}`);
  for (const [name, type] of Object.entries(options.searchAttributes ?? {})) args.push('--search-attribute', `${name}=${type}`);
  return args;
}

/** Ready means that our own child still lives when the namespace answers: somebody else's server could have the port. */
async function untilReady(part: SpawnedPart, server: TemporalServer, options: TemporalServerOptions): Promise<void> {
  const until = performance.now() + (options.startTimeoutMs ?? 60_000);
  for (;;) {
    const answers = await answersFor(server);
    if (part.exit() !== undefined) throw new TidegateError('part-not-started', `Temporal ended at its start.\n${lastLogLines(options.logFile)}`);
    if (answers) return;
    if (performance.now() > until) throw new TidegateError('part-not-started', `Temporal did not become ready.\n${lastLogLines(options.logFile)}`);
    await sleep(POLL_MS);
  }
}

async function answersFor({ address, namespace }: TemporalServer): Promise<boolean> {
  let connection: Connection | undefined;
  try {
    connection = await Connection.connect({ address, connectTimeout: 2_000 });
    await connection.workflowService.describeNamespace({ namespace });
    return true;
  } catch {
    return false;
  } finally {
    await connection?.close();
  }
}
