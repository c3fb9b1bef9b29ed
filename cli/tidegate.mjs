#!/usr/bin/env node
// Starts the command line on a Node that runs TypeScript (24 or newer): this one, else the one pinned in node_modules.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const major = Number(process.versions.node.split('.')[0]);
const pinned = fileURLToPath(new URL('../node_modules/.bin/node', import.meta.url));
const node = major >= 24 ? process.execPath : existsSync(pinned) ? pinned : undefined;
if (node === undefined) {
  process.stderr.write('tidegate needs Node 24 or newer, or its own set-up: run `npm run setup` first.\n');
  process.exit(2);
}
const main = fileURLToPath(new URL('main.ts', import.meta.url));
const { status, signal } = spawnSync(node, ['--disable-warning=ExperimentalWarning', main, ...process.argv.slice(2)], { stdio: 'inherit' });
process.exit(signal ? 1 : (status ?? 1));
