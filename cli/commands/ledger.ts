import { createWriteStream } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { readLedgerHeads } from '../../adaptor/auth/ledger-head.ts';
import { readChainState } from '../../adaptor/data/ledger/chain-state.ts';
import { exportLedger } from '../../adaptor/data/ledger/export-ledger.ts';
import { headKeys, listHeads } from '../../adaptor/data/ledger/ledger-heads.ts';
import { type LedgerVerification, verifyLedger } from '../../adaptor/data/ledger/verify-ledger.ts';
import { TidegateError } from '../../exchange/errors.ts';
import { LEDGER_FAULTS, type LedgerFault, type LedgerHeadsFile, ledgerHeadsFileSchema } from '../../exchange/ledger.ts';
import type { Context } from '../context.ts';
import { print } from '../output.ts';
import type { RunCommand } from '../run-command.ts';

/** `tidegate ledger verify`, `heads` and `export`. */
export function addLedgerCommands(program: Command, run: RunCommand): void {
  const ledger = program.command('ledger').description('the ledger: what it proves, and taking it out');
  ledger
    .command('verify')
    .description('proves every batch, entry and value of the ledger, and the signed heads')
    .option('--heads <file>', 'heads that were taken out before, and the keys that prove them')
    .action(
      run(async (context, options: { heads?: string }) => {
        const file = options.heads === undefined ? undefined : await readHeadsFile(options.heads);
        const verified = await verifyLedger(context.pool, async (client) => [
          ...(await readLedgerHeads(
            (await listHeads(client)).map(({ jws }) => jws),
            await headKeys(client),
          )),
          ...(file === undefined ? [] : await readLedgerHeads(file.heads, file.keys)),
        ]);
        if (verified.faults.length > 0) throw broken(verified.faults);
        print(context.output, verified, () => describe(verified));
      }),
    );
  ledger
    .command('heads')
    .description('signed heads of the chain with the keys that prove them, to be kept elsewhere')
    .option('--out <file>', 'write them into a file')
    .option('--limit <n>', 'only the newest')
    .action(
      run(async (context, options: { out?: string; limit?: string }) => {
        const heads = await readHeads(context, options.limit);
        if (options.out === undefined) return print(context.output, heads, () => JSON.stringify(heads, null, 2));
        await writeFile(options.out, `${JSON.stringify(heads, null, 2)}\n`);
        print(context.output, { file: options.out, heads: heads.heads.length }, () => `${heads.heads.length} heads are in ${options.out}.`);
      }),
    );
  ledger
    .command('export')
    .description('the whole ledger, one line of JSON a batch')
    .requiredOption('--out <file>', 'the file')
    .option('--values', 'with the values that are kept; without, no record content leaves')
    .action(
      run(async (context, options: { out: string; values?: true }) => {
        let lines = 0;
        const text = async function* () {
          for await (const line of exportLedger(context.pool, options.values === true)) {
            lines++;
            yield `${JSON.stringify(line)}\n`;
          }
        };
        await pipeline(Readable.from(text()), createWriteStream(options.out));
        print(context.output, { file: options.out, batches: lines - 1 }, () => `${lines - 1} batches are in ${options.out}.`);
      }),
    );
}

async function readHeads(context: Context, limit: string | undefined): Promise<LedgerHeadsFile> {
  if (limit !== undefined && !/^[1-9]\d{0,8}$/.test(limit)) throw new TidegateError('bad-request', '--limit is a whole number.');
  const { store } = await readChainState(context.pool);
  const heads = await listHeads(context.pool, limit === undefined ? null : Number(limit));
  return { store, keys: [...(await headKeys(context.pool))], heads: heads.map(({ jws }) => jws) };
}

async function readHeadsFile(file: string): Promise<LedgerHeadsFile> {
  try {
    return ledgerHeadsFileSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (cause) {
    throw new TidegateError('bad-request', `${file} holds no heads as \`tidegate ledger heads\` writes them.`, {}, { cause });
  }
}

function broken(faults: readonly LedgerFault[]): TidegateError {
  const named = faults.map(({ fault, sequence, subject }) => `${fault}${sequence === null ? '' : ` at ${sequence}`} (${subject})`);
  const shown = faults.slice(0, 5).map(({ fault }, i) => `${named[i]}: ${LEDGER_FAULTS[fault]}`);
  const more = faults.length > shown.length ? ` And ${faults.length - shown.length} more.` : '';
  return new TidegateError('ledger-broken', `${shown.join(' ')}${more}`, { faults: named });
}

function describe({ batches, entries, destroyed, sequence, head, heads, signedUpTo }: LedgerVerification): string {
  const proved =
    signedUpTo === 0
      ? 'No head is signed yet.'
      : `${heads} signed heads agree, the newest at ${signedUpTo}; later batches are proved by nothing but the chain itself.`;
  return [
    `The ledger holds: ${batches} batches, ${entries} entries${destroyed === 0 ? '' : `, the values of ${destroyed} destroyed as the ledger says`}.`,
    `Batch ${sequence} has the head ${head}.`,
    proved,
  ].join('\n');
}
