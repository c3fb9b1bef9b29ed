/** Fails where documents do not agree with the repository: generated files, links, commands, dependencies, alerts, examples. */
import { fileURLToPath } from 'node:url';
import { documentFaults } from './docs/check-documents.ts';

const faults = await documentFaults(fileURLToPath(new URL('..', import.meta.url)));
for (const fault of faults) console.error(fault);
if (faults.length > 0) process.exitCode = 1;
