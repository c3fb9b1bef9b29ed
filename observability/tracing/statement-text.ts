/**
 * What may hold a value in the text of a statement (PostgreSQL manual, 4.1.2): texts in quotes (doubled quotes stay inside,
 * after E also backslashes), texts in dollar quotes, numbers, and comments. Names in double quotes are let through first,
 * so that what they hold is not taken for the beginning of a text; so are parameters ($1) and names with digits.
 */
const TOKENS =
  /("(?:[^"]|"")*")|(\$\d+|[\p{L}_][\p{L}\d_$]*(?!'))|[eE]'(?:[^'\\]|\\[\s\S]|'')*(?:'|$)|[\p{L}_&]*'(?:[^']|'')*(?:'|$)|\$([\p{L}_][\p{L}\d_]*)?\$[\s\S]*?(?:\$\3\$|$)|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|\d[\w.]*/gu;

/** Greatest length that is looked at: statements of extraction are long, and what they are is said at their beginning. */
const MAX_LENGTH = 4000;

/** A statement's text with every value in it replaced by `?`, its white space made one. */
export function statementText(text: string): string {
  return text
    .slice(0, MAX_LENGTH)
    .replaceAll(TOKENS, (token, quoted?: string, name?: string) => (quoted === undefined && name === undefined ? '?' : token))
    .replaceAll(/\s+/g, ' ')
    .trim();
}

/** The statement's first word, e.g. SELECT: few, so that spans can be told apart by it. */
export function statementVerb(text: string): string {
  return /^\s*([a-z]+)/i.exec(text)?.[1]?.toUpperCase() ?? 'STATEMENT';
}
