#!/usr/bin/env node
// Starts the command line, or one of the processes, on a Node that is new enough: this one, else the one pinned in a
// checkout's node_modules. Plain JavaScript, because it may begin on an older Node, to say what is needed.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants, homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What `tidegate NAME` starts beside the commands of cli/main.ts, which lists them in its help. */
const PROCESSES = {
  start: 'workers/stack',
  producer: 'workers/producer',
  worker: 'workers/crm-worker',
  app: 'workers/crm-app',
  'cloud-page': 'workers/cloud-page',
  cloud: 'workers/cloud-edit',
};

/** Those that have no options: what they do stands in their settings. */
const WITHOUT_OPTIONS = ['producer', 'worker', 'app', 'cloud-page'];

const pathOf = (path) => fileURLToPath(new URL(path, import.meta.url));
/** A checkout runs its sources, the package what was built of them. */
const program = (name) => (existsSync(pathOf(`../${name}.ts`)) ? pathOf(`../${name}.ts`) : pathOf(`../dist/${name}.js`));

const major = Number(process.versions.node.split('.')[0]);
const pinned = pathOf('../node_modules/.bin/node');
const node = major >= 24 ? process.execPath : existsSync(pinned) ? pinned : undefined;
if (node === undefined) {
  process.stderr.write(`tidegate needs Node 24 or newer; this is ${process.versions.node}. (In a checkout: run npm run setup first.)\n`);
  process.exit(2);
}
const [name = '', ...rest] = process.argv.slice(2);
if (WITHOUT_OPTIONS.includes(name) && rest.length > 0) {
  const isAsked = ['--help', '-h'].includes(rest[0]);
  const usage = `Usage: tidegate ${name}\n\nA process, until it is stopped. It has no options: its settings are variables (docs/configuration.md).\n`;
  if (isAsked) process.stdout.write(usage);
  else process.stderr.write(`error: tidegate ${name} takes no "${rest[0]}"\n${usage}`);
  process.exit(isAsked ? 0 : 2);
}
const args = Object.hasOwn(PROCESSES, name) ? [program(PROCESSES[name]), ...rest] : [program('cli/main'), ...process.argv.slice(2)];
// Compiled code is kept in the user's cache, for this process and all that it starts: half of what a command takes is compiling.
const { XDG_CACHE_HOME: named = '', NODE_COMPILE_CACHE = join(isAbsolute(named) ? named : join(homedir(), '.cache'), 'tidegate', 'compiled') } = process.env;
const child = spawn(node, ['--disable-warning=ExperimentalWarning', ...args], { stdio: 'inherit', env: { ...process.env, NODE_COMPILE_CACHE } });
child.once('error', ({ code }) => {
  process.stderr.write(`tidegate could not start ${node} (${code}).\n`);
  process.exit(1);
});
// A terminal sends Ctrl-C to both, and this process has to stay until the other has stopped in order; the others it passes on.
process.on('SIGINT', () => {});
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
// Ended by a signal: as a shell tells it, so that nobody takes it for a refusal.
child.once('exit', (code, signal) => process.exit(signal ? 128 + constants.signals[signal] : (code ?? 1)));
