import { existsSync } from 'node:fs';
import { join, posix } from 'node:path';
import { type MarkdownDocument, readMarkdown } from './markdown.ts';

/** Links and images that lead nowhere: a missing file or heading, or a place outside the repository. Addresses of the web are not fetched. */
export function brokenLinks(root: string, documents: readonly MarkdownDocument[]): readonly string[] {
  const known = new Map(documents.map((document) => [document.path, document]));
  return documents.flatMap(({ path, links }) =>
    links.flatMap((link) => {
      const reason = /^[a-z]+:/i.test(link) ? undefined : whyBroken(root, path, link, known);
      return reason === undefined ? [] : [`${path}: ${link}: ${reason}`];
    }),
  );
}

function whyBroken(root: string, from: string, link: string, known: ReadonlyMap<string, MarkdownDocument>): string | undefined {
  const [target = '', anchor] = link.split('#', 2).map(decodeURIComponent);
  const path = target === '' ? from : posix.normalize(posix.join(posix.dirname(from), target));
  if (path.startsWith('..') || target.startsWith('/')) return 'leads out of the repository';
  if (!existsSync(join(root, path))) return 'there is no such file';
  if (anchor === undefined) return undefined;
  if (!path.endsWith('.md')) return 'only documents have headings';
  const { anchors } = known.get(path) ?? readMarkdown(root, path);
  return anchors.has(anchor) ? undefined : 'there is no such heading';
}
