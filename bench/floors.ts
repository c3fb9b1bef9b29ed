import type { BenchStack } from './bench-stack.ts';
import type { Run } from './clock.ts';
import { CONTACT_COLUMNS, columnList } from './contacts.ts';
import { type CopyPipe, type PipeProgram, runPipes } from './copy-pipe.ts';

const SETS = CONTACT_COLUMNS.filter(({ crm }) => crm !== 'id');

/** Statements that stage rows with an operation and merge them, as one writes them by hand. */
function mergeInto(table: string, side: 'crm' | 'cloud'): Pick<CopyPipe, 'before' | 'write' | 'after'> {
  const names = columnList(side);
  return {
    before: [`create temp table stage on commit drop as select null::text as op, ${names} from ${table} limit 0`],
    write: `copy stage (op, ${names}) from stdin`,
    after: [
      'analyze stage',
      `merge into ${table} t using stage s on t.id = s.id${side === 'cloud' ? ` and t.tenant = 'acme'` : ''}
       when matched and s.op = 'D' then delete
       when matched then update set ${SETS.map((column) => `${column[side]} = s.${column[side]}`).join(', ')}
       when not matched and s.op <> 'D' then insert (${names}) values (${columnList(side, 's.')})`,
    ],
  };
}

/** psql's floors on the stores of a stack. */
export class Floors {
  readonly #stack: BenchStack;
  readonly #program: PipeProgram;

  constructor(stack: BenchStack, program: PipeProgram) {
    this.#stack = stack;
    this.#program = program;
  }

  /** All contacts by COPY into COPY, with so many streams. */
  async copy(streams: number): Promise<Run> {
    const write = { before: [], write: `copy bench.people (${columnList('cloud')}) from stdin`, after: [] };
    return this.#run((await this.#halves(streams)).map((where) => this.#forward(`select ${columnList('crm')} from crm.contacts where ${where}`, write)));
  }

  /** All contacts by COPY into a staging table and MERGE, with so many streams. */
  async merge(streams: number): Promise<Run> {
    const write = mergeInto('bench.people', 'cloud');
    return this.#run((await this.#halves(streams)).map((where) => this.#forward(`select 'I', ${columnList('crm')} from crm.contacts where ${where}`, write)));
  }

  /** What `bench.changed` at the CRM names. */
  async delta(): Promise<Run> {
    const read = `select b.op, ${columnList('crm', 'c.').replace('c.id', 'b.id')} from bench.changed b left join crm.contacts c on c.id = b.id`;
    return this.#run([this.#forward(read, mergeInto('bench.people', 'cloud'))]);
  }

  /** What `bench.changed` at the cloud names, into the CRM. */
  async reverse(): Promise<Run> {
    const { crm, cloud } = this.#stack.stack;
    const read = `select 'U', ${columnList('cloud', 'p.')} from bench.changed b join cloud.people p on p.id = b.id and p.tenant = 'acme'`;
    return this.#run([{ source: cloud.adminUrl, target: crm.adminUrl, read: `copy (${read}) to stdout`, ...mergeInto('bench.contacts', 'crm') }]);
  }

  #forward(select: string, write: Pick<CopyPipe, 'before' | 'write' | 'after'>): CopyPipe {
    const { crm, cloud } = this.#stack.stack;
    return { source: crm.adminUrl, target: cloud.adminUrl, read: `copy (${select}) to stdout`, ...write };
  }

  async #run(pipes: readonly CopyPipe[]): Promise<Run> {
    const stop = await this.#stack.startClock();
    await runPipes(this.#program, pipes);
    return stop();
  }

  /** The table in as many parts of its pages. */
  async #halves(streams: number): Promise<readonly string[]> {
    const { rows } = await this.#stack.crm.query<{ pages: number }>(
      `select (pg_relation_size('crm.contacts') / current_setting('block_size')::int)::int as pages`,
    );
    const pages = rows[0]?.pages ?? 0;
    const bound = (i: number) => `'(${Math.round((pages * i) / streams)},0)'`;
    return Array.from({ length: streams }, (_, i) => `ctid >= ${bound(i)} and ${i === streams - 1 ? 'true' : `ctid < ${bound(i + 1)}`} and not private`);
  }
}
