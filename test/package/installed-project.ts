import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { removePostgresCluster } from '../../embedded/postgres-cluster.ts';
import { ANY_PORTS } from '../support/running-stack.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What `npm pack --json` says of the package. */
export interface PackedPackage {
  readonly filename: string;
  /** Bytes of the archive, and of its files. */
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string; readonly size: number }[];
}

/** How a program ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** An empty project of somebody else's, in which the package gets installed. */
export interface EmptyProject extends AsyncDisposable {
  readonly folder: string;
  write(name: string, text: string): void;
  run(command: string, ...args: readonly string[]): Promise<Ended>;
  /** Runs a program until what it prints holds a text; it is ended in order with the project. */
  runUntil(text: string, command: string, ...args: readonly string[]): Promise<void>;
}

/** Builds and packs this checkout as a user would. The archive lies in `folder`. */
export async function packInto(folder: string): Promise<PackedPackage> {
  const { code, stdout, stderr } = await run(root, 'npm', ['pack', '--json', '--loglevel=error', `--pack-destination=${folder}`]);
  if (code !== 0) throw new Error(`npm pack ended with ${code}:\n${stderr}`);
  // What prepack prints comes first.
  const [packed] = JSON.parse(stdout.slice(stdout.search(/^\[/m))) as PackedPackage[];
  if (packed === undefined) throw new Error('npm pack says nothing');
  return packed;
}

/** Makes the project. Ports are any that are free: another Tidegate may run on this machine. */
export function createEmptyProject(): EmptyProject {
  const folder = mkdtempSync(join(tmpdir(), 'tidegate-package-'));
  const running: { child: ChildProcess; ended: Promise<unknown> }[] = [];
  return {
    folder,
    write: (name, text) => writeFileSync(join(folder, name), text),
    run: (command, ...args) => run(folder, command, args),
    runUntil: async (text, command, ...args) => {
      const child = start(folder, command, args);
      const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
      running.push({ child, ended });
      let output = '';
      const seen = new Promise<void>((resolve) => {
        for (const stream of [child.stdout, child.stderr])
          stream?.on('data', (chunk: Buffer) => {
            output += chunk.toString();
            if (output.includes(text)) resolve();
          });
      });
      await Promise.race([seen, ended]);
      if (!output.includes(text)) throw new Error(`${command} ${args.join(' ')} ended early:\n${output}`);
    },
    [Symbol.asyncDispose]: async () => {
      for (const { child, ended } of running) {
        child.kill('SIGTERM');
        await ended;
      }
      for (const side of ['crm', 'cloud']) removePostgresCluster(join(folder, '.tidegate', side, 'postgres'));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The text of a file of this checkout. */
export function readOwn(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

function start(cwd: string, command: string, args: readonly string[]): ChildProcess {
  // What `npm test` tells its children of this checkout must not reach an npm that works elsewhere.
  const own = Object.entries(process.env).filter(([name]) => !/^(npm_(package|lifecycle|command|config_local_prefix)|INIT_CWD|TIDEGATE_)/.test(name));
  // Programs of a folder that is removed are not worth keeping compiled for longer.
  const compiled = cwd === root ? {} : { NODE_COMPILE_CACHE: join(cwd, 'node_modules', '.cache', 'compiled') };
  return spawn(command, args, { cwd, env: { ...Object.fromEntries(own), ...ANY_PORTS, ...compiled }, stdio: ['ignore', 'pipe', 'pipe'] });
}

async function run(cwd: string, command: string, args: readonly string[]): Promise<Ended> {
  const child = start(cwd, command, args);
  const out = { stdout: '', stderr: '' };
  child.stdout?.on('data', (chunk: Buffer) => (out.stdout += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (out.stderr += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, ...out }));
  });
}
