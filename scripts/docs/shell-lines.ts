import type { Code } from './markdown.ts';

const SHELLS = new Set(['sh', 'bash', 'shell', 'console']);
const PROGRAMS = new Set(['npm', 'npx', 'node', 'tidegate']);

/** A command as a document shows it: its words, without variables set before it and without what stands around it. */
export type ShownCommand = readonly [program: string, ...words: string[]];

/** Commands of ours that a piece of code shows: lines of shell blocks, and spans of text that begin with a program's name. */
export function shownCommands({ language, text }: Code): readonly ShownCommand[] {
  if (language !== undefined && !SHELLS.has(language)) return [];
  return text
    .replaceAll('\\\n', ' ')
    .split(/\n|&&|\|\||[;|](?![^[]*\])/)
    .map((line) => wordsOf(line.replace(/(^|\s)#\s.*$/, '')))
    .flatMap((words) => {
      const at = words.findIndex((word) => PROGRAMS.has(word));
      const before = words.slice(0, Math.max(at, 0));
      const isCommand =
        at >= 0 && (before.every((word) => word === '$' || /^\w+=/.test(word)) || ['docker', 'exec', 'env', 'timeout'].includes(before[0] ?? ''));
      return isCommand && words.length > at + 1 ? [words.slice(at) as unknown as ShownCommand] : [];
    });
}

/** Words of a line; brackets around what may be left out are dropped, and quoted words stay one. */
function wordsOf(line: string): readonly string[] {
  return [...line.matchAll(/"[^"]*"|'[^']*'|[^\s[\]]+/g)].map(([word]) => word);
}
