import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { MarkdownDocument } from './markdown.ts';
import { type ShownCommand, shownCommands } from './shell-lines.ts';

/** What commands in documents are held against. */
export interface KnownCommands {
  readonly root: string;
  readonly program: Command;
  /** Help of `npm start`, which names its options. */
  readonly startHelp: string;
  /** Help of `tidegate`, as far as it names the processes that it starts. */
  readonly processHelp: string;
}

/** Commands in documents that do not exist: npm scripts, sub-commands and options of `tidegate`, options of `npm start`, files run by node. */
export function unknownCommands(known: KnownCommands, documents: readonly MarkdownDocument[]): readonly string[] {
  const scripts = (JSON.parse(readFileSync(join(known.root, 'package.json'), 'utf8')) as { scripts: Record<string, string> }).scripts;
  return documents.flatMap(({ path, code }) =>
    code.flatMap(shownCommands).flatMap((command) => {
      const reason = whyUnknown(known, scripts, command);
      return reason === undefined ? [] : [`${path}: ${command.join(' ')}: ${reason}`];
    }),
  );
}

function whyUnknown(known: KnownCommands, scripts: Readonly<Record<string, string>>, [program, ...words]: ShownCommand): string | undefined {
  if (program === 'npx') return words[0] === 'tidegate' ? whyNotOurs(known, words.slice(1)) : undefined;
  if (program === 'tidegate') return whyNotOurs(known, words);
  if (program === 'node') {
    const file = words.find((word) => !word.startsWith('-'));
    return file === undefined || !/\.[cm]?[jt]s$/.test(file) || existsSync(join(known.root, file)) ? undefined : 'there is no such file';
  }
  const name = words[0] === 'run' ? words[1] : ['start', 'test'].includes(words[0] ?? '') ? words[0] : undefined;
  if (name === undefined || isPlaceholder(name)) return undefined;
  if (scripts[name] === undefined) return `package.json has no script "${name}"`;
  if (name !== 'start') return undefined;
  return unknownOption(words.slice(words.indexOf('--') + 1), optionsIn(known.startHelp));
}

function whyNotOurs({ program, startHelp, processHelp }: KnownCommands, [name = '', ...words]: readonly string[]): string | undefined {
  if (name.startsWith('-')) return unknownOption([name], optionsOf(program));
  if (isPlaceholder(name)) return undefined;
  if (name === 'start') return unknownOption(words, optionsIn(startHelp));
  if (new RegExp(`^ *tidegate ${name} `, 'm').test(processHelp)) return undefined;
  const command = program.commands.find((each) => each.name() === name || each.aliases().includes(name));
  if (command === undefined) return `tidegate has no command "${name}"`;
  const group = command.commands.length > 0 && words[0] !== undefined && !words[0].startsWith('-') && !isPlaceholder(words[0]);
  const sub = group ? command.commands.find((each) => each.name() === words[0]) : undefined;
  if (group && sub === undefined) return `tidegate ${name} has no command "${words[0]}"`;
  // Behind -- nothing is an option.
  const before = words.includes('--') ? words.slice(0, words.indexOf('--')) : words;
  return unknownOption(before, new Set([...optionsOf(command), ...(sub === undefined ? [] : optionsOf(sub))]));
}

/** Option names of a command, help among them. */
export function optionsOf(command: Command): ReadonlySet<string> {
  return new Set(['--help', '-h', '--version', ...command.options.flatMap(({ long, short }) => [long, short]).filter((flag) => flag != null)]);
}

const optionsIn = (help: string): ReadonlySet<string> => new Set(help.match(/--[a-z-]+/g) ?? []);

function unknownOption(words: readonly string[], options: ReadonlySet<string>): string | undefined {
  const unknown = words.map((word) => word.replace(/=.*$/, '')).find((word) => /^-{1,2}[a-z]/.test(word) && !options.has(word));
  return unknown === undefined ? undefined : `there is no option ${unknown}`;
}

function isPlaceholder(word: string): boolean {
  return /^[A-Z.<{…]/.test(word);
}
