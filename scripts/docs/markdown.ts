import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import GithubSlugger from 'github-slugger';
import { type Token, type Tokens, Lexer, walkTokens } from 'marked';

/** A piece of code in a document: a fenced block with its language, or a span in the text (`language` is then undefined). */
export interface Code {
  readonly language: string | undefined;
  readonly text: string;
}

/** What the checks look at in a document. */
export interface MarkdownDocument {
  /** Path below the root. */
  readonly path: string;
  /** Anchors of the headings, as GitHub makes them. */
  readonly anchors: ReadonlySet<string>;
  /** Targets of links and images. */
  readonly links: readonly string[];
  readonly code: readonly Code[];
}

/** Reads and takes apart a document (GitHub's Markdown). */
export function readMarkdown(root: string, path: string): MarkdownDocument {
  const slugger = new GithubSlugger();
  const anchors = new Set<string>();
  const links: string[] = [];
  const code: Code[] = [];
  walkTokens(Lexer.lex(readFileSync(join(root, path), 'utf8')), (token) => {
    if (token.type === 'heading') anchors.add(slugger.slug(plainText((token as Tokens.Heading).tokens)));
    if (token.type === 'link' || token.type === 'image') links.push((token as Tokens.Link).href);
    if (token.type === 'html') links.push(...[...token.raw.matchAll(/\b(?:href|src)="([^"]+)"/g)].map(([, target = '']) => target));
    if (token.type === 'code') code.push({ language: (token as Tokens.Code).lang ?? '', text: (token as Tokens.Code).text });
    if (token.type === 'codespan') code.push({ language: undefined, text: (token as Tokens.Codespan).text });
  });
  return { path, anchors, links, code };
}

function plainText(tokens: readonly Token[]): string {
  return tokens
    .map((token) => ('tokens' in token && token.tokens !== undefined ? plainText(token.tokens) : 'text' in token ? String(token.text) : ''))
    .join('');
}
