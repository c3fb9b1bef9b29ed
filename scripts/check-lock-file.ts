/** Fails where the lock file would install something that nobody has decided on: a package without a digest, from elsewhere, or with scripts. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lockFileFaults } from './supply-chain/lock-file.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (name: string): unknown => JSON.parse(readFileSync(join(root, name), 'utf8'));
const faults = lockFileFaults(read('package-lock.json'), read('package.json'));
for (const fault of faults) console.error(fault);
if (faults.length > 0) process.exitCode = 1;
