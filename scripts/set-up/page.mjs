import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { digestOf, readStamp, writeStamp } from './stamp.mjs';
import { announce, run } from './step.mjs';

/** Builds a side's page into `<side>/page/dist`, where its sources (or what they import of that side, of web/ and of the contracts) have changed. */
export async function buildPage(side, root, node) {
  const page = join(root, side, 'page');
  const step = `page-${side}`;
  if (!existsSync(join(page, 'vite.config.ts'))) return;
  const digest = digestOf(
    root,
    [side, 'web', 'exchange', 'package-lock.json'].filter((name) => existsSync(join(root, name))),
    { except: ['dist', 'node_modules'] },
  );
  if (readStamp(root, step) === digest && existsSync(join(page, 'dist', 'index.html'))) return;
  announce(side === 'crm' ? 'building the page' : 'building the cloud’s page');
  // Whoever asks: built for development, as under a test runner, React would name the folders of this machine.
  const env = { NODE_ENV: 'production' };
  await run(node, [join(root, 'node_modules', 'vite', 'bin', 'vite.js'), 'build', '--logLevel', 'error'], { cwd: page, env });
  writeStamp(root, step, digest);
}
