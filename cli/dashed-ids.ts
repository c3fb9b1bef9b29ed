import type { Command } from 'commander';

/** SHA-256 in base64url, as ids of keys (RFC 7638) and certificates (RFC 8705) are; one in 64 begins with a dash. */
const DASHED_ID = /^-[A-Za-z0-9_-]{42}$/;

/**
 * The arguments of a command line, with ids that begin with a dash where no parser takes them for options: at the end,
 * behind `--`. One that is the value of an option before it stays, and so does all where the caller has set `--` already.
 */
export function moveDashedIds(program: Command, args: readonly string[]): string[] {
  if (args.includes('--')) return [...args];
  const valued = new Set(everyCommand(program).flatMap(({ options }) => options.flatMap(({ required, long }) => (required && long ? [long] : []))));
  const isId = (argument: string, index: number): boolean => DASHED_ID.test(argument) && !valued.has(args[index - 1] ?? '');
  const ids = args.filter(isId);
  return ids.length === 0 ? [...args] : [...args.filter((argument, index) => !isId(argument, index)), '--', ...ids];
}

function everyCommand(program: Command): readonly Command[] {
  return [program, ...program.commands.flatMap(everyCommand)];
}
