/**
 * All checks of the source: format, lint, types, layers, unused code, documents, packages. Each is reported; the output of those that fail is shown.
 * `node scripts/check.ts lint types` runs only these.
 */
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';

const root = fileURLToPath(new URL('..', import.meta.url));
const layers = [
  'exchange',
  'files',
  'configuration',
  'observability',
  'adaptor',
  'workflows',
  'activities',
  'scheduler',
  'web',
  'crm',
  'cloud',
  'embedded',
  'workers',
  'cli',
  'client',
];

/** Slow ones first: two run at a time. */
const CHECKS: Readonly<Record<string, readonly string[]>> = {
  types: ['tsc', '-p', 'tsconfig.json'],
  layers: ['depcruise', '--config', '.dependency-cruiser.cjs', ...layers],
  unused: ['knip', '--no-progress'],
  docs: ['node', 'scripts/check-docs.ts'],
  packages: ['node', 'scripts/check-lock-file.ts'],
  lint: ['oxlint', '--deny-warnings'],
  format: ['oxfmt', '--check', '.'],
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => CHECKS[name] === undefined);
if (unknown.length > 0) throw new Error(`Unknown check: ${unknown.join(', ')}. There are: ${Object.keys(CHECKS).join(', ')}.`);

const queue = Object.entries(CHECKS).filter(([name]) => wanted.length === 0 || wanted.includes(name));
const failed: string[] = [];
await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, takeFromQueue));
if (failed.length > 0) {
  console.error(`checks failed: ${failed.sort().join(', ')}`);
  process.exitCode = 1;
}

async function takeFromQueue(): Promise<void> {
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const [name, [command = '', ...args]] = next;
    const { code, output } = await run(command, args);
    console.log(`check ${name}: ${code === 0 ? 'passed' : 'FAILED'}`);
    if (code === 0) continue;
    failed.push(name);
    console.log(output.trimEnd());
  }
}

function run(command: string, args: readonly string[]): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(join(root, 'node_modules', '.bin', command), args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  });
}
