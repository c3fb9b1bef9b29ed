import { spawn, spawnSync } from 'node:child_process';
import { pipeline } from 'node:stream/promises';
import { Client } from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';

/** One stream from a table to another: `COPY ... TO STDOUT` here, some statements around `COPY ... FROM STDIN` there, in one transaction. */
export interface CopyPipe {
  readonly source: string;
  readonly read: string;
  readonly target: string;
  readonly before: readonly string[];
  readonly write: string;
  readonly after: readonly string[];
}

/** What moves the bytes: psql into psql, or where there is none two connections of this process. */
export type PipeProgram = 'psql' | 'node';

/** psql, if it is installed. */
export function pipeProgram(): PipeProgram {
  return spawnSync('psql', ['--version']).status === 0 ? 'psql' : 'node';
}

/** Runs streams side by side; answers when all have committed. */
export async function runPipes(program: PipeProgram, pipes: readonly CopyPipe[]): Promise<void> {
  await Promise.all(pipes.map((pipe) => (program === 'psql' ? throughPsql(pipe) : throughNode(pipe))));
}

/** The address of a server as psql's environment, under a prefix: passwords stand in no command line. */
function addressOf(url: string, prefix: string): Readonly<Record<string, string>> {
  const { hostname, port, username, password, pathname } = new URL(url);
  const parts = { HOST: hostname, PORT: port, USER: username, PASSWORD: decodeURIComponent(password), DATABASE: pathname.slice(1) };
  return Object.fromEntries(Object.entries(parts).map(([name, value]) => [`${prefix}${name}`, value]));
}

const from = (prefix: string): string => ['HOST', 'PORT', 'USER', 'PASSWORD', 'DATABASE'].map((name) => `PG${name}="$${prefix}${name}"`).join(' ');

async function throughPsql({ source, read, target, before, write, after }: CopyPipe): Promise<void> {
  const psql = 'psql --no-psqlrc --quiet --set ON_ERROR_STOP=1';
  const statements = [...before, write, ...after].map((_, i) => `--command "$S${i}"`).join(' ');
  const script = `${from('SOURCE_')} ${psql} --command "$READ" | ${from('TARGET_')} ${psql} --single-transaction ${statements} > /dev/null`;
  const texts = Object.fromEntries([...before, write, ...after].map((sql, i) => [`S${i}`, sql]));
  const env = { PATH: process.env['PATH'], LC_ALL: 'C.UTF-8', READ: read, ...texts, ...addressOf(source, 'SOURCE_'), ...addressOf(target, 'TARGET_') };
  const child = spawn('sh', ['-c', script], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0 || errors.includes('ERROR')) throw new Error(`psql: ${errors}`);
}

async function throughNode({ source, read, target, before, write, after }: CopyPipe): Promise<void> {
  const [reader, writer] = [new Client({ connectionString: source }), new Client({ connectionString: target })];
  await Promise.all([reader.connect(), writer.connect()]);
  try {
    await writer.query('begin');
    for (const sql of before) await writer.query(sql);
    await pipeline(reader.query(copyTo(read)), writer.query(copyFrom(write)));
    for (const sql of after) await writer.query(sql);
    await writer.query('commit');
  } finally {
    await Promise.all([reader.end(), writer.end()]);
  }
}
