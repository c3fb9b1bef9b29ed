import { createRequire } from 'node:module';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { addApprovalCommands } from './commands/approvals.ts';
import { addPlanCommand } from './commands/plan.ts';
import { addProvisionCommand } from './commands/provision.ts';
import { addUndoCommand } from './commands/undo.ts';
import { addAttachCommands } from './commands/attach.ts';
import { addCodecCommands } from './commands/codec.ts';
import { addConflictCommands } from './commands/conflicts.ts';
import { addDoctorCommand } from './commands/doctor.ts';
import { addEraseCommand } from './commands/erase.ts';
import { addExplainCommand } from './commands/explain.ts';
import { addImportCommand } from './commands/import.ts';
import { addInitCommand } from './commands/init.ts';
import { addKeysCommands } from './commands/keys.ts';
import { addLedgerCommands } from './commands/ledger.ts';
import { addPauseCommands } from './commands/pause.ts';
import { addQuarantineCommands } from './commands/quarantine.ts';
import { addReconcileCommand } from './commands/reconcile.ts';
import { addRecordCommand } from './commands/record.ts';
import { addRunCommands } from './commands/runs.ts';
import { addSealCommands } from './commands/seal.ts';
import { addStatusCommand } from './commands/status.ts';
import { addSyncCommands } from './commands/sync.ts';
import { addUserCommands } from './commands/users.ts';
import { moveDashedIds } from './dashed-ids.ts';
import { endInOrder } from './interruption.ts';
import { printError, printWrongUse, processOutput } from './output.ts';
import { EXIT } from '../exchange/exit-code.ts';
import { commandRunners } from './run-command.ts';

/** The processes that `tidegate NAME` starts (cli/tidegate.mjs), as the help lists them. */
export const PROCESS_HELP = `
Processes:
  tidegate start     everything on embedded parts (tidegate start --help)
  tidegate producer  the third party's web service
  tidegate worker    the CRM's worker
  tidegate app       the CRM application: API and page
  tidegate cloud-page  the third party's page for its own users
  tidegate cloud     in trials: an edit by one of the third party's own users`;

const { version } = createRequire(import.meta.url)('tidegate/package.json') as { version: string };

type Environment = Readonly<Record<string, string | undefined>>;

/** The program with all its commands; `environment` is where settings are read from. With `silent`, wrong use is thrown and not told. */
export function createProgram(environment: Environment, exit: (code: number) => void, { silent = false } = {}): Command {
  const program = new Command('tidegate')
    .description('Data exchange between a CRM on PostgreSQL and a cloud: forward as it happens, back only by order.')
    .version(version, '-V, --version', 'print the version')
    .option('--json', 'print JSON')
    .exitOverride()
    .configureOutput({ writeErr: (text) => void (silent || process.stderr.write(text)) })
    .addHelpText('after', PROCESS_HELP)
    .addHelpText('after', '\nExit codes: 0 done, 1 failed or refused, 2 wrong use or settings, 3 a part does not run, 128 + n ended by signal n.');
  const { run, alone } = commandRunners(() => processOutput(program.opts<{ json?: boolean }>().json === true), environment, exit);
  const groups = [
    addStatusCommand,
    addSyncCommands,
    addRunCommands,
    addRecordCommand,
    addExplainCommand,
    addLedgerCommands,
    addQuarantineCommands,
    addConflictCommands,
    addApprovalCommands,
    addReconcileCommand,
    addEraseCommand,
    addUndoCommand,
    addPlanCommand,
    addPauseCommands,
    addImportCommand,
    addAttachCommands,
    addSealCommands,
    addCodecCommands,
  ];
  for (const add of groups) add(program, run);
  for (const add of [addInitCommand, addProvisionCommand, addDoctorCommand, addKeysCommands, addUserCommands]) add(program, alone);
  for (const command of program.commands.flatMap((each) => [each, ...each.commands])) {
    for (const option of command.options) if (option.long === '--reason') option.argParser(reasonText);
    command
      // The program takes it wherever it stands; here it is for the help.
      .option('--json', 'print JSON')
      .showHelpAfterError(usageOf(command));
  }
  return program;
}

/** A reason that says nothing is none: it is what others read of an act later. */
function reasonText(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('It takes words.');
  return text;
}

/** What stands below a complaint about how a command was used. */
function usageOf(command: Command): string {
  const names: string[] = [];
  for (let each: Command | null = command; each !== null; each = each.parent) names.unshift(each.name());
  const takesText = command.registeredArguments.length > 0;
  return [
    `Usage: ${names.join(' ')} ${command.usage()}`,
    ...(takesText ? ['What begins with a dash and is no option stands behind -- at the end.'] : []),
    `See ${names.join(' ')} --help.`,
  ].join('\n');
}

/** Runs one command line: `args` without the program's name. Wrong use ends with exit code 2, and is told as JSON where JSON is asked for. */
export async function runCommandLine(args: readonly string[], environment: Environment, exit: (code: number) => void): Promise<void> {
  const json = args.includes('--json');
  const program = createProgram(environment, exit, { silent: json });
  try {
    await program.parseAsync(moveDashedIds(program, args), { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) return exit(printError(processOutput(json), error));
    if (error.exitCode === 0) return exit(EXIT.done);
    if (json) printWrongUse(error.code === 'commander.help' ? 'Name a command; --help lists them.' : error.message);
    exit(EXIT.usage);
  }
}

if (import.meta.main) {
  const args = process.argv.slice(2);
  endInOrder(args.includes('--json'));
  // What went wrong with the output before the end stays.
  await runCommandLine(args, process.env, (code) => (process.exitCode ??= code));
}
