import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { optionsOf } from './check-commands.ts';

/** Options that stand once for all commands in docs/cli.md. */
const EVERYWHERE = new Set(['--help', '-h', '--version', '--json', '--link']);

/** What docs/cli.md leaves out of the program, or tells that the program does not have: its table has one row a command, also for those of a group. */
export function cliTableFaults(root: string, program: Command): readonly string[] {
  // Tables below the first heading are about something else.
  const [text = ''] = readFileSync(join(root, 'docs', 'cli.md'), 'utf8').split('\n## ');
  const commands = new Map(commandsOf(program));
  const rows = [...text.matchAll(/^\| `([a-z]+)(?: ([a-z][a-z-]*))?\b([^`]*)` \|(.*)$/gm)].map(([, first = '', second = '', usage = '', meaning = '']) => ({
    name: commands.has(`${first} ${second}`) ? `${first} ${second}` : first,
    row: `${usage} ${meaning}`,
  }));
  const missing = [...commands.keys()].filter((name) => !rows.some((row) => row.name === name)).map((name) => `docs/cli.md: no row for \`${name}\``);
  const faults = rows.flatMap(({ name, row }) => {
    const command = commands.get(name);
    if (command === undefined) return [`docs/cli.md: tidegate has no command "${name}"`];
    const all = [...optionsOf(command)];
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

/** Commands by what is typed for them; a group stands for those in it. */
function commandsOf(program: Command): readonly (readonly [string, Command])[] {
  return program.commands.flatMap((command): readonly (readonly [string, Command])[] =>
    command.commands.length === 0 ? [[command.name(), command]] : command.commands.map((each) => [`${command.name()} ${each.name()}`, each]),
  );
}
