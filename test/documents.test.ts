import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import * as workflows from '../workflows/all-workflows.ts';
import { SEARCH_ATTRIBUTES } from '../scheduler/search-attributes.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

/** Rows of the tables in docs/promises.md: promise (empty where it goes on), file, title of a test. */
function promises(text: string): readonly { readonly promise: string; readonly file: string; readonly title: string }[] {
  return [...text.matchAll(/^\| (.*?) ?\| `([^`]+)` \| (.+) \|$/gm)].map(([, promise = '', file = '', title = '']) => ({ promise, file, title }));
}

/** What is wrong with a named test: its file is missing, or has no test of this title. */
function faultOf({ file, title }: { readonly file: string; readonly title: string }): string | undefined {
  if (!existsSync(join(root, file))) return `${file} is missing`;
  const text = read(file);
  const isTest = file.endsWith('.test.ts');
  const named = isTest ? ["'", '`', '"'].some((quote) => text.includes(`${quote}${title}${quote}`)) : text.includes(title);
  return named ? undefined : `${file} has no test "${title}"`;
}

describe('docs/promises.md', () => {
  const rows = promises(read('docs/promises.md'));

  it('names tests that exist', () => {
    expect(rows.flatMap((row) => faultOf(row) ?? [])).toEqual([]);
  });

  it('holds every rule but those that come later, and every item', () => {
    const numbers = (section: string): number[] => {
      const text = read('docs/promises.md').split(`## ${section}\n`)[1]?.split('\n## ')[0] ?? '';
      return [...new Set(promises(text).flatMap(({ promise }) => /^(\d+)\./.exec(promise)?.[1] ?? []))].map(Number).toSorted((a, b) => a - b);
    };
    expect(numbers('Items')).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(numbers('Rules of the exchange')).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20]);
  });

  it('holds every law of the data, and they name tests that exist', () => {
    const laws = promises(read('docs/laws.md'));
    expect(laws.flatMap((row) => faultOf(row) ?? [])).toEqual([]);
    const numbers = laws.flatMap(({ promise }) => /^(\d+)\./.exec(promise)?.[1] ?? []).map(Number);
    expect(numbers).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 27, 28]);
  });

  it('would be found wrong with a title or a file that is none', () => {
    expect(faultOf({ file: 'test/documents.test.ts', title: 'names tests that exist' })).toBeUndefined();
    expect(faultOf({ file: 'test/documents.test.ts', title: ['names tests', 'that do not'].join(' ') })).toContain('has no test');
    expect(faultOf({ file: 'test/nothing.test.ts', title: 'x' })).toContain('is missing');
  });
});

describe('the documents', () => {
  it('docs/workflows.md names every workflow, search attribute, signal and step', () => {
    const text = read('docs/workflows.md');
    const named = (pattern: RegExp, folder: string): string[] =>
      readdirSync(join(root, folder)).flatMap((name) =>
        name.endsWith('.ts') ? [...read(`${folder}/${name}`).matchAll(pattern)].map(([, word = '']) => word) : [],
      );
    const words = [
      ...Object.keys(workflows),
      ...Object.values(SEARCH_ATTRIBUTES).map(({ name }) => name),
      ...named(/define(?:Signal|Query)<.*>\('(\w+)'\)/g, 'workflows'),
    ];
    words.push('claimLink', 'openLink', 'pumpWindows', 'receiveWindow', 'returnReceipt', 'awaitLoads', 'settleRequests');
    expect(words.filter((word) => !text.includes(`\`${word}\``) && !text.includes(`\`${word}`))).toEqual([]);
  });
});
