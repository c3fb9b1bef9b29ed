import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import type { Pool } from 'pg';
import { z } from 'zod';
import { readLedgerHeads } from '../../adaptor/auth/ledger-head.ts';
import { translateDatabaseError } from '../../adaptor/data/database-error.ts';
import { archiveEntries, archiveFault, archiveRange } from '../../adaptor/data/ledger/archive.ts';
import { readChainState } from '../../adaptor/data/ledger/chain-state.ts';
import { type ExportRange, exportLedger } from '../../adaptor/data/ledger/export-ledger.ts';
import { headKeys, listHeads } from '../../adaptor/data/ledger/ledger-heads.ts';
import { type VerifiedExport, verifyExport } from '../../adaptor/data/ledger/verify-export.ts';
import { type LedgerVerification, verifyLedger } from '../../adaptor/data/ledger/verify-ledger.ts';
import { TidegateError } from '../../exchange/errors.ts';
import { LEDGER_FAULTS, type LedgerFault, type LedgerHeadsFile, ledgerHeadsFileSchema } from '../../exchange/ledger.ts';
import { makeFile } from '../../files/whole-file.ts';
import type { Context } from '../context.ts';
import { readNamedFile } from '../named-file.ts';
import { wholeNumber } from '../number-option.ts';
import { print } from '../output.ts';
import { afterDoing } from '../partly.ts';
import type { RunCommand } from '../run-command.ts';
import { NEW_MODE, intoNamedFile, requireWritable, unwritable, writeNamedFile } from '../written-file.ts';

/** `tidegate ledger verify`, `heads`, `export` and `archive`. */
export function addLedgerCommands(program: Command, run: RunCommand): void {
  const ledger = program.command('ledger').description('the ledger: what it proves, and taking it out');
  ledger
    .command('verify')
    .description('proves every batch, entry and value of the ledger, and the signed heads')
    .option('--heads <file>', 'heads that were taken out before, and the keys that prove them')
    .option('--archive <files...>', 'archives of entries that were taken out')
    .action(
      run(async (context, options: { heads?: string; archive?: readonly string[] }) => {
        const file = options.heads === undefined ? undefined : readHeadsFile(options.heads);
        const verified = await verifyLedger(context.pool, async (client) => [
          ...(await readLedgerHeads(
            (await listHeads(client)).map(({ jws }) => jws),
            await headKeys(client),
          )),
          ...(file === undefined ? [] : await readLedgerHeads(file.heads, file.keys)),
        ]);
        const faults = [...verified.faults, ...(await archiveFaults(context.pool, options.archive ?? []))];
        if (faults.length > 0) throw broken(faults);
        print(context.output, verified, () => describe(verified));
      }),
    );
  ledger
    .command('heads')
    .description('signed heads of the chain with the keys that prove them, to be kept elsewhere')
    .option('--out <file>', 'write them into a file')
    .option('--limit <n>', 'only the newest', wholeNumber(1, 1_000_000))
    .action(
      run(async (context, options: { out?: string; limit?: number }) => {
        const heads = await readHeads(context, options.limit);
        if (options.out === undefined) return print(context.output, heads, () => JSON.stringify(heads, null, 2));
        await writeNamedFile(options.out, `${JSON.stringify(heads, null, 2)}\n`);
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
        const lines = exportLedger(context.pool, options.values === true);
        const batches = await intoNamedFile(options.out, (handle) => writeExport(lines, handle));
        print(context.output, { file: options.out, batches }, () => `${batches} batches are in ${options.out}.`);
      }),
    );
  ledger
    .command('archive')
    .description('take entries of long ago out of the database into a file; the chain still holds. As the owner of the tables')
    .requiredOption('--before <date>', 'up to the newest signed head before it, as YYYY-MM-DD')
    .requiredOption('--out <file>', 'the file; keep it: nothing else has these entries')
    .requiredOption('--reason <text>', 'why; it stands in the chain')
    .action(
      run(async (context, { before, out, reason }: { before: string; out: string; reason: string }) => {
        if (!z.iso.date().safeParse(before).success) throw new TidegateError('bad-request', '--before is a date, as YYYY-MM-DD.');
        const owner = context.adminPool();
        if (existsSync(out)) throw new TidegateError('bad-request', `${out} is there already: name another file.`);
        await requireWritable(out);
        const range = await archiveRange(context.pool, new Date(`${before}T00:00:00Z`));
        const digest = await writeArchive(context.pool, range, out);
        // Kept whatever follows: where the connection is lost, nobody knows whether the database still has the entries.
        const entries = await afterDoing(`${out} holds the entries, which the database may still have (tidegate ledger verify)`, () =>
          archiveEntries(owner, { upTo: range.upTo, file: digest, by: context.actor, reason }),
        );
        const told = { file: out, sha256: digest, from: range.from, upTo: range.upTo, entries };
        print(context.output, told, () => `${entries} entries of the batches ${range.from} to ${range.upTo} are in ${out} now, SHA-256 ${digest}.`);
      }),
    );
}

/** Writes an export, a line a batch. Gives the number of batches. */
async function writeExport(lines: AsyncIterable<object>, handle: FileHandle): Promise<number> {
  let batches = -1;
  const text = async function* () {
    try {
      for await (const line of lines) {
        batches++;
        yield `${JSON.stringify(line)}\n`;
      }
    } catch (error) {
      throw translateDatabaseError(error);
    }
  };
  await handle.writeFile(text());
  return batches;
}

/** Writes an archive into a new file and reads it back, before anything is taken away; gives its SHA-256. Where that fails or is interrupted, there is no file. */
async function writeArchive(pool: Pool, range: ExportRange, file: string): Promise<string> {
  try {
    return await makeFile(file, NEW_MODE, async (handle) => {
      await writeExport(exportLedger(pool, false, range), handle);
      await handle.sync();
      const { archive, digest } = await readArchive(file);
      if (archive.without > 0 || archive.sequence !== range.upTo) throw new TidegateError('ledger-broken', `${file} does not hold all entries.`);
      return digest;
    });
  } catch (cause) {
    throw ['open', 'write', 'fsync'].includes((cause as NodeJS.ErrnoException).syscall ?? '') ? unwritable(file, cause) : cause;
  }
}

/** An archive, proved by itself, and the SHA-256 of its bytes. */
async function readArchive(file: string): Promise<{ archive: VerifiedExport; digest: string }> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash).catch((cause: unknown) => {
    throw new TidegateError('bad-request', `${file} cannot be read.`, {}, { cause });
  });
  return { archive: await verifyExport(createInterface({ input: createReadStream(file), crlfDelay: Infinity })), digest: hash.digest('hex') };
}

async function archiveFaults(pool: Pool, files: readonly string[]): Promise<readonly LedgerFault[]> {
  const faults: LedgerFault[] = [];
  for (const file of files) {
    try {
      const { archive, digest } = await readArchive(file);
      faults.push(...[await archiveFault(pool, file, digest, archive)].filter((fault) => fault !== undefined));
    } catch (error) {
      if (!(error instanceof TidegateError) || error.code !== 'ledger-broken') throw error;
      faults.push({ fault: 'archive-altered', sequence: Number(error.facts['sequence']), subject: file });
    }
  }
  return faults;
}

async function readHeads(context: Context, limit: number | undefined): Promise<LedgerHeadsFile> {
  const { store } = await readChainState(context.pool);
  const heads = await listHeads(context.pool, limit ?? null);
  return { store, keys: [...(await headKeys(context.pool))], heads: heads.map(({ jws }) => jws) };
}

function readHeadsFile(file: string): LedgerHeadsFile {
  const text = readNamedFile(file);
  try {
    return ledgerHeadsFileSchema.parse(JSON.parse(text));
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

function describe({ batches, entries, destroyed, archived, sequence, head, heads, signedUpTo }: LedgerVerification): string {
  const proved =
    signedUpTo === 0
      ? 'No head is signed yet.'
      : `${heads} signed heads agree, the newest at ${signedUpTo}; later batches are proved by nothing but the chain itself.`;
  return [
    `The ledger holds: ${batches} batches, ${entries} entries${destroyed === 0 ? '' : `, the values of ${destroyed} destroyed as the ledger says`}${archived === 0 ? '' : `; ${archived} more are in archives`}.`,
    `Batch ${sequence} has the head ${head}.`,
    proved,
  ].join('\n');
}
