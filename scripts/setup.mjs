/**
 * Makes a checkout ready to run: packages, database clients, the CRM's page. Runs before `npm start` and `npm test`,
 * does only what its stamps say is missing, and prints a line only for what takes long.
 *
 * Plain JavaScript without dependencies, because it begins on a fresh checkout and on Node 20.
 */
import { fileURLToPath } from 'node:url';
import { buildPage } from './set-up/page.mjs';
import { generateClients } from './set-up/generate.mjs';
import { installPackages } from './set-up/install.mjs';
import { findNode } from './set-up/node.mjs';
import { SetUpError } from './set-up/step.mjs';

/** A checkout other than this one can be named, for tests. */
const root = process.argv[2] ?? fileURLToPath(new URL('..', import.meta.url));

try {
  await installPackages(root);
  const node = findNode(root);
  await generateClients(root, node);
  for (const side of ['crm', 'cloud']) await buildPage(side, root, node);
} catch (error) {
  console.error(error instanceof SetUpError ? `Set-up failed: ${error.message}` : error);
  process.exitCode = 1;
}
