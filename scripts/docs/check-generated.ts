import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GENERATED_DOCUMENTS } from './generated-documents.ts';

/** Generated documents that are not what their source makes now. */
export function staleDocuments(root: string, documents = GENERATED_DOCUMENTS): readonly string[] {
  return Object.entries(documents).flatMap(([path, generate]) => {
    const file = join(root, path);
    return existsSync(file) && readFileSync(file, 'utf8') === generate() ? [] : [`${path} is not what its source makes: run npm run docs`];
  });
}
