import { type Command, Option } from 'commander';
import { sideSchema } from '../../exchange/names.ts';
import { type Diagnosis, diagnose } from '../doctor/diagnose.ts';
import { openParts } from '../doctor/parts.ts';
import { print } from '../output.ts';
import type { RunAlone } from '../run-command.ts';

const MARKS = { ok: 'ok     ', warning: 'WARNING', fault: 'FAULT  ', skipped: 'skipped' } as const;

/** `tidegate doctor`: every part looked at, what is wrong, and what to do. */
export function addDoctorCommand(program: Command, run: RunAlone): void {
  program
    .command('doctor')
    .description('look at every part, and say what is wrong and what to do; changes nothing')
    .addOption(
      new Option('--side <side>', "whose parts: the company's, or (for the producer's operator) the third party's").choices(sideSchema.options).default('crm'),
    )
    .action(
      run(async ({ output, environment }, options: { side: string }) => {
        await using parts = openParts(sideSchema.parse(options.side), environment);
        const found = await diagnose(parts);
        const count = (severity: Diagnosis['severity']) => found.filter((finding) => finding.severity === severity).length;
        const summary = { faults: count('fault'), warnings: count('warning'), skipped: count('skipped') };
        print(output, { side: parts.side, ...summary, findings: found }, () =>
          [...found.map(describe), '', `${summary.faults} fault(s), ${summary.warnings} warning(s), ${summary.skipped} not looked at`].join('\n'),
        );
        // What was not looked at is not known to be well.
        return summary.faults + summary.skipped > 0 ? 'failed' : 'done';
      }),
    );
}

function describe({ check, subject, severity, detail, advice }: Diagnosis): string {
  const line = `${MARKS[severity]}  ${check.padEnd(13)}  ${subject === check ? '' : `${subject}: `}${detail}`;
  return advice === undefined ? line : `${line}\n${' '.repeat(24)}-> ${advice}`;
}
