import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { optionsOf } from './check-commands.ts';

/** Options that stand once for all commands in docs/cli.md. */
const EVERYWHERE = new Set(['--help', '-h', '--version', '--json', '--link']);

/** What docs/cli.md leaves out of the program, or tells that the program does not have: its table has one row a command. */
export function cliTableFaults(root: string, program: Command): readonly string[] {
  const text = readFileSync(join(root, 'docs', 'cli.md'), 'utf8');
  const rows = new Map([...text.matchAll(/^\| `([a-z]+)\b([^`]*)` \|(.*)$/gm)].map(([, name = '', usage = '', meaning = '']) => [name, `${usage} ${meaning}`]));
  const missing = program.commands.filter((command) => !rows.has(command.name())).map((command) => `docs/cli.md: no row for \`${command.name()}\``);
  const faults = [...rows].flatMap(([name, row]) => {
    const command = program.commands.find((each) => each.name() === name);
    if (command === undefined) return [`docs/cli.md: tidegate has no command "${name}"`];
    const all = [command, ...command.commands].flatMap((each) => [...optionsOf(each)]);
    const told = new Set(row.match(/--[a-z-]+/g) ?? []);
    return [
      ...[...told].filter((option) => !all.includes(option)).map((option) => `docs/cli.md: \`${name}\` has no option ${option}`),
      ...all
        .filter((option) => option.startsWith('--') && !EVERYWHERE.has(option) && !told.has(option))
        .map((option) => `docs/cli.md: \`${name}\` lacks ${option}`),
    ];
  });
  return [...missing, ...faults];
}
