/** Writes every document that is generated from the source (`npm run docs`). */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { GENERATED_DOCUMENTS } from './docs/generated-documents.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
for (const [path, generate] of Object.entries(GENERATED_DOCUMENTS)) writeFileSync(join(root, path), generate());
