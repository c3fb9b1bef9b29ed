/** First line of every generated document. */
export function generatedNote(source: string): string {
  return `<!-- Generated from ${source} by npm run docs: change that, not this. -->`;
}
