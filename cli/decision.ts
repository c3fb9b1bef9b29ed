import type { Command } from 'commander';
import { TidegateError } from '../exchange/errors.ts';
import { seconds } from './number-option.ts';

/** Options of a command that decides. */
export interface DecisionOptions {
  readonly link?: string;
  readonly reason: string;
  readonly timeout: number;
}

/** A command that decides: always with a reason. */
export function decision(parent: Command, name: string, description: string): Command {
  return parent
    .command(name)
    .description(description)
    .requiredOption('--reason <text>', 'why; it stands in the log')
    .option('--link <name>', 'the link, where there are several')
    .option('--timeout <seconds>', 'how long to wait', seconds, 60);
}

/** The number of a row. Throws `bad-request`. */
export function parseId(text: string): number {
  const id = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(id) || id < 1) throw new TidegateError('bad-request', `"${text}" is no number of a row.`);
  return id;
}
