import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

/* docs/conflicts.md names a test for every case: each is really there. */

const text = readFileSync(new URL('../../../../docs/conflicts.md', import.meta.url), 'utf8');
const rows = [...text.matchAll(/^\|.*\| `(?<file>conflict[a-z-]*\.test\.ts)`: (?<name>[^|]+) \|$/gm)].map(
  ({ groups }) => [groups?.['file'] ?? '', groups?.['name'] ?? ''] as const,
);

describe('docs/conflicts.md', () => {
  it('has a test in every row of the table of cases', () => {
    const table = text.split('## Every case')[1]?.split('\n## ')[0] ?? '';
    expect(rows).toHaveLength(table.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| CRM |')).length);
    expect(rows.length).toBeGreaterThan(15);
  });

  it.each(rows)('%s: %s', (file, name) => {
    expect(readFileSync(new URL(file, import.meta.url), 'utf8')).toContain(name);
  });
});
