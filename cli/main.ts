import { Command, CommanderError } from 'commander';
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
import { EXIT, processOutput } from './output.ts';
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

/** The program with all its commands; `environment` is where settings are read from. */
export function createProgram(environment: Readonly<Record<string, string | undefined>>, exit: (code: number) => void): Command {
  const program = new Command('tidegate')
    .description('Data exchange between a CRM on PostgreSQL and a cloud: forward as it happens, back only by order.')
    .option('--json', 'print JSON')
    .exitOverride()
    .showHelpAfterError('(--help tells what there is)')
    .addHelpText('after', PROCESS_HELP)
    .addHelpText('after', '\nExit codes: 0 done, 1 failed or refused, 2 wrong use or configuration, 3 a part does not run.');
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
  for (const command of program.commands.flatMap((each) => [each, ...each.commands]))
    command.option('--json', 'print JSON').on('option:json', () => program.setOptionValue('json', true));
  return program;
}

/** Runs one command line: `args` without the program's name. Throws `CommanderError` where it is used wrongly, or only asked for help. */
export async function runCommandLine(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  exit: (code: number) => void,
): Promise<void> {
  const program = createProgram(environment, exit);
  await program.parseAsync(moveDashedIds(program, args), { from: 'user' });
}

if (import.meta.main) {
  try {
    await runCommandLine(process.argv.slice(2), process.env, (code) => (process.exitCode = code));
  } catch (error) {
    process.exitCode = error instanceof CommanderError ? (error.exitCode === 0 ? EXIT.done : EXIT.usage) : EXIT.failed;
  }
}
