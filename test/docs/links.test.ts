import { describe, expect, it } from 'vitest';
import { brokenLinks } from '../../scripts/docs/check-links.ts';
import { folderWith } from './broken-documents.ts';

/** Faults of a document at the top that holds this text, beside docs/other.md and a picture. */
function faultsOf(text: string): readonly string[] {
  const { root, documents } = folderWith({
    'README.md': text,
    'docs/other.md': '# Other\n\n## Who may ask: `crm` & co\n\n## Twice\n\n## Twice\n\n[back](../README.md#here)',
    'docs/a file.md': '',
    'docs/images/page.png': 'png',
  });
  return brokenLinks(root, documents).filter((fault) => fault.startsWith('README.md'));
}

describe('links', () => {
  it.each([
    '[file](docs/other.md)',
    '[folder](docs/images)',
    '[heading](docs/other.md#who-may-ask-crm--co)',
    '[second of two](docs/other.md#twice-1)',
    '# Here\n\n[here](#here)',
    '![picture](docs/images/page.png)',
    '<img src="docs/images/page.png" alt="">',
    '[web](https://example.com/nothing#here)',
    '[mail](mailto:crm@example.com)',
    '[name](docs/a%20file.md)',
    '[by reference][one]\n\n[one]: docs/other.md',
    '`[not a link](nowhere.md)`',
  ])('%s holds', (text) => {
    expect(faultsOf(text)).toEqual([]);
  });

  it.each([
    ['[file](docs/gone.md)', 'there is no such file'],
    ['[heading](docs/other.md#gone)', 'there is no such heading'],
    ['[here](#gone)', 'there is no such heading'],
    ['![picture](docs/images/gone.png)', 'there is no such file'],
    ['<img src="docs/images/gone.png" alt="">', 'there is no such file'],
    ['| cell |\n|---|\n| [file](docs/gone.md) |', 'there is no such file'],
    ['[by reference][one]\n\n[one]: docs/gone.md', 'there is no such file'],
    ['[out](../elsewhere.md)', 'leads out of the repository'],
    ['[root](/docs/other.md)', 'leads out of the repository'],
    ['[picture](docs/images/page.png#top)', 'only documents have headings'],
  ])('%s is broken', (text, reason) => {
    expect(faultsOf(text)).toEqual([expect.stringContaining(reason)]);
  });

  it('are followed from the folder of their document', () => {
    const { root, documents } = folderWith({ 'README.md': '# Here', 'docs/a.md': '[up](../README.md#here) [beside](b.md)', 'docs/b.md': '[wrong](docs/a.md)' });
    expect(brokenLinks(root, documents)).toEqual(['docs/b.md: docs/a.md: there is no such file']);
  });
});
