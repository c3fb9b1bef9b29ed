import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from 'vitest';
import { type MarkdownDocument, readMarkdown } from '../../scripts/docs/markdown.ts';

const made: string[] = [];
afterAll(() => made.forEach((folder) => rmSync(folder, { recursive: true })));

/** A folder with these files, removed after the tests, and what its documents hold. */
export function folderWith(files: Readonly<Record<string, string>>): { readonly root: string; readonly documents: readonly MarkdownDocument[] } {
  const root = mkdtempSync(join(tmpdir(), 'tidegate-docs-'));
  made.push(root);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  const names = Object.keys(files).filter((path) => path.endsWith('.md'));
  return { root, documents: names.map((path) => readMarkdown(root, path)) };
}
