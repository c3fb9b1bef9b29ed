import type { Run } from './clock.ts';

/** Times of one contender, one a round. */
export type Times = readonly number[];

/** Somebody who does the work: prepares what is not measured, and answers what the rest took. */
export interface Contender {
  readonly name: string;
  run(round: number): Promise<Run>;
}

/** Runs of all contenders by name. */
export type Results = ReadonlyMap<string, readonly Run[]>;

/**
 * Runs contenders in turns, each round in another order, so that what else the machine does meets all of them alike.
 */
export async function interleave(contenders: readonly Contender[], rounds: number, onRun: (name: string, round: number, run: Run) => void): Promise<Results> {
  const results = new Map<string, Run[]>(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < contenders.length; turn++) {
      const contender = contenders[(turn + round) % contenders.length];
      if (contender === undefined) continue;
      const run = await contender.run(round);
      results.get(contender.name)?.push(run);
      onRun(contender.name, round, run);
    }
  }
  return results;
}

/** Least, middle and greatest of some numbers. */
export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** The spread of numbers; NaN where there are none. */
export function spreadOf(numbers: readonly number[]): Spread {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle] : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
  return { min: sorted[0] ?? Number.NaN, median: median ?? Number.NaN, max: sorted.at(-1) ?? Number.NaN };
}

/** How fast one was against another, pair by pair: 1 is as fast, 0.5 takes twice as long. */
export function ratios(floor: Times, product: Times): Spread {
  return spreadOf(product.map((ms, round) => (floor[round] ?? Number.NaN) / ms));
}

/** The value below which a share of numbers lies. */
export function percentile(numbers: readonly number[], share: number): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
