import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { removePostgresCluster } from '../embedded/postgres-cluster.ts';
import { TidegateError } from '../exchange/errors.ts';
import { type BenchStack, startBenchStack } from './bench-stack.ts';
import { contactBytes } from './contacts.ts';
import { pipeProgram } from './copy-pipe.ts';
import { Floors } from './floors.ts';
import { greatestMemoryMib } from './memory.ts';
import { NativeReplication } from './native-replication.ts';
import { BENCH_HELP, type BenchOptions, type ScenarioName, readBenchOptions } from './options.ts';
import { interleave } from './pairs.ts';
import { Product } from './product.ts';
import { proveProduct } from './proof.ts';
import { type MeasuredFigure, figureJson, figureText } from './report.ts';
import { deltaScenario } from './scenarios/delta.ts';
import { loadScenario } from './scenarios/load.ts';
import { observationScenario } from './scenarios/observation.ts';
import { reconcileScenario } from './scenarios/reconcile.ts';
import { reverseScenario } from './scenarios/reverse.ts';
import type { Bench, Scenario } from './scenarios/scenario.ts';
import { singleScenario } from './scenarios/single.ts';
import { smallScenario } from './scenarios/small.ts';
import { upsertScenario } from './scenarios/upsert.ts';

/*
 * `npm run bench`: the whole product with all security on, against what PostgreSQL's own tools need for the same, on
 * throw-away clusters. Ratios of one run are to be compared, never times: see docs/performance.md.
 */

const SCENARIOS_BY_NAME: Readonly<Record<ScenarioName, Scenario>> = {
  load: loadScenario,
  upsert: upsertScenario,
  delta: deltaScenario,
  small: smallScenario,
  single: singleScenario,
  reverse: reverseScenario,
  reconcile: reconcileScenario,
  observation: observationScenario,
};

const say = (text: string): void => void process.stderr.write(`${text}\n`);

async function measure(stack: BenchStack, options: BenchOptions, home: string): Promise<readonly MeasuredFigure[]> {
  const program = pipeProgram();
  say(
    `${options.rows.toLocaleString('en')} contacts of ${await contactBytes(stack.crm)} bytes; ${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GiB`,
  );
  say(`floors: ${program === 'psql' ? 'psql into psql' : 'no psql is installed: COPY between two connections of this process'}`);
  const product = new Product(stack);
  await product.ready();
  await proveProduct(stack);
  await using native = await NativeReplication.open(stack);
  const bench: Bench = {
    stack,
    product,
    floors: new Floors(stack, program),
    native,
    rows: options.rows,
    rounds: options.rounds,
    home,
    compare: (contenders, rounds = options.rounds) =>
      interleave(contenders, rounds, (name, round, { ms, cpuMs }) =>
        say(`  ${name}, round ${round + 1}: ${Math.round(ms).toLocaleString('en')} ms, ${Math.round(cpuMs).toLocaleString('en')} ms of processor time`),
      ),
  };
  const figures: MeasuredFigure[] = [];
  for (const name of options.only) {
    say(`\n${name}`);
    const found = await SCENARIOS_BY_NAME[name](bench);
    figures.push(...found);
    // At once as well: a run that is broken off has not been in vain.
    for (const figure of found) say(figureText(figure));
  }
  return [...figures, ...memoryFigures(stack)];
}

function memoryFigures({ stack }: BenchStack): readonly MeasuredFigure[] {
  const processes = { worker: stack.worker.pid, producer: stack.producer.pid };
  return Object.entries(processes).flatMap(([name, pid]) => {
    const value = greatestMemoryMib(pid);
    return value === undefined ? [] : [{ name: `greatest memory of the ${name}`, value, unit: 'MiB', floor: null, ratio: null }];
  });
}

async function main(): Promise<void> {
  const options = readBenchOptions(process.argv.slice(2));
  if (options === 'help') {
    process.stdout.write(`${BENCH_HELP}\n`);
    return;
  }
  const home = options.home === undefined ? mkdtempSync(join(tmpdir(), 'tidegate-bench-')) : resolve(options.home);
  mkdirSync(home, { recursive: true, mode: 0o700 });
  try {
    await using stack = await startBenchStack(home, options);
    const figures = await measure(stack, options, home);
    process.stdout.write(`\n${figures.map(figureText).join('\n')}\n`);
    if (options.json) process.stdout.write(`${JSON.stringify(figures.map(figureJson))}\n`);
  } finally {
    if (!options.keep) {
      for (const side of ['crm', 'cloud']) removePostgresCluster(join(home, side, 'postgres'));
      rmSync(home, { recursive: true, force: true });
    }
  }
}

try {
  await main();
} catch (error) {
  const known = error instanceof TidegateError;
  process.stderr.write(`\n${known ? `${error.message} [${error.code}]` : String((error as Error).stack)}\n`);
  process.exitCode = known && error.code === 'bad-request' ? 2 : 1;
}
