import { constants } from 'node:os';
import { ERROR_CATALOGUE } from '../exchange/error-catalogue.ts';
import { EXIT } from '../exchange/exit-code.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * What this process does when it is stopped, or its output goes nowhere. A signal ends a command at once, as it always does, but in
 * order: files that are not whole yet go (files/whole-file.ts), transactions are taken back by the database, and what was asked of a
 * worker goes on. It says so, and ends with 128 and the signal's number.
 */
export function endInOrder(json: boolean): void {
  for (const signal of SIGNALS)
    process.once(signal, () => {
      // A command that is done already only closes its connections.
      if (process.exitCode === undefined) tellInterruption(json, signal);
      process.exit(process.exitCode ?? 128 + constants.signals[signal]);
    });
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      // Whoever reads has read enough (`| head`): no reason to leave an act half done, nor to call it failed.
      if (error.code === 'EPIPE') return;
      process.exitCode = EXIT.failed;
      if (stream === process.stdout)
        process.stderr.write(`tidegate: the output could not be written (${error.code ?? error.name}); the act itself is not undone.\n`);
    });
}

/** Nothing is said of updates: a command of several steps may have done some of them. */
function tellInterruption(json: boolean, signal: string): void {
  const { title, action, normal } = ERROR_CATALOGUE.interrupted;
  const detail = `${title} (${signal})`;
  if (json)
    process.stdout.write(
      `${JSON.stringify({ error: { type: 'urn:tidegate:error:interrupted', title, detail, code: 'interrupted', normal, action } }, null, 2)}\n`,
    );
  else process.stderr.write(`\ntidegate: ${detail} [interrupted]\n  Is this normal? ${normal}\n  What to do: ${action}\n`);
}
