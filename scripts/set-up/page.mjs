import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { digestOf, readStamp, writeStamp } from './stamp.mjs';
import { announce, run } from './step.mjs';

/** Builds a side's page into `<side>/page/dist`, where its sources (or what they import of that side, of web/ and of the contracts) have changed. */
export async function buildPage(side, root, node) {
  const page = join(root, side, 'page');
  if (!existsSync(join(page, 'vite.config.ts'))) return;
  if (builtPageFolder(side, root) !== undefined) return;
  announce(side === 'crm' ? 'building the page' : 'building the cloud’s page');
  // Whoever asks: built for development, as under a test runner, React would name the folders of this machine.
  const env = { NODE_ENV: 'production' };
  const digest = digestOfPage(side, root);
  await run(node, [join(root, 'node_modules', 'vite', 'bin', 'vite.js'), 'build', '--logLevel', 'error'], { cwd: page, env });
  writeStamp(root, stepOf(side), digest);
}

/** Where a side's page lies that was built from its sources of now; undefined where there is none. */
export function builtPageFolder(side, root) {
  const folder = join(root, side, 'page', 'dist');
  return readStamp(root, stepOf(side)) === digestOfPage(side, root) && existsSync(join(folder, 'index.html')) ? folder : undefined;
}

const stepOf = (side) => `page-${side}`;

function digestOfPage(side, root) {
  const sources = [side, 'web', 'exchange', 'package-lock.json'].filter((name) => existsSync(join(root, name)));
  return digestOf(root, sources, { except: ['dist', 'node_modules'] });
}
