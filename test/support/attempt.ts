import { Client } from 'pg';

/** What became of statements: the SQLSTATE that refused one, or rows and count of the last. */
export type Attempt = { readonly refused: string } | { readonly rows: readonly unknown[]; readonly count: number };

/** Refused for want of a right, or by a row rule on writing. */
export const DENIED: Attempt = { refused: '42501' };

/** Options of `attemptAs`. */
export interface AttemptOptions {
  /** Transaction-local settings, e.g. the tenant. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Keep what was done; rolled back by default. */
  readonly commit?: boolean;
}

/** Runs statements in one transaction as whoever the URL names. */
export async function attemptAs(url: string, statements: string | readonly string[], options: AttemptOptions = {}): Promise<Attempt> {
  const client = new Client({ connectionString: url });
  try {
    await client.connect();
    await client.query('begin');
    for (const [name, value] of Object.entries(options.settings ?? {})) await client.query('select set_config($1, $2, true)', [name, value]);
    let last: Attempt = { rows: [], count: 0 };
    for (const statement of [statements].flat()) {
      const { rows, rowCount } = await client.query(statement);
      last = { rows, count: rowCount ?? 0 };
    }
    await client.query(options.commit === true ? 'commit' : 'rollback');
    return last;
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === undefined) throw error;
    return { refused: code };
  } finally {
    await client.end();
  }
}
