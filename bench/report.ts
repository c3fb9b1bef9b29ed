import type { Run } from './clock.ts';
import { type Results, type Spread, ratios, spreadOf } from './pairs.ts';

/** One line of `--json`. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** The same of the floor; null where there is none. */
  readonly floor: number | null;
  /** How fast the product is against the floor: 1 is as fast. */
  readonly ratio: number | null;
}

/** A figure with the spread of its ratio, for humans. */
export interface MeasuredFigure extends Figure {
  readonly spread?: Spread;
}

/**
 * Rates of the product against each floor, from the same rounds; and the same by processor time, which other programs on
 * the machine disturb less. The product's Temporal server, its processes and both PostgreSQL servers count.
 */
export function rateFigures(name: string, rows: number, results: Results): readonly MeasuredFigure[] {
  const product = results.get('product') ?? [];
  return [...results].flatMap(([floor, runs]) => {
    if (floor === 'product') return [];
    const compared = (of: keyof Run, unit: string): MeasuredFigure => {
      const [theirs, ours] = [runs, product].map((list) => list.map((run) => run[of])) as [number[], number[]];
      const rate = (times: readonly number[]) => Math.round((rows / spreadOf(times).median) * 1000);
      const spread = ratios(theirs, ours);
      return {
        name: `${name}, against ${floor}${of === 'ms' ? '' : ', by processor time'}`,
        value: rate(ours),
        unit,
        floor: rate(theirs),
        ratio: round(spread.median),
        spread,
      };
    };
    const byCpu = [...runs, ...product].every(({ cpuMs }) => cpuMs > 0) ? [compared('cpuMs', 'rows/CPU s')] : [];
    return [compared('ms', 'rows/s'), ...byCpu];
  });
}

/** A figure as a line of text. */
export function figureText({ name, value, unit, floor, ratio, spread }: MeasuredFigure): string {
  const against = floor === null ? '' : `, floor ${floor.toLocaleString('en')}`;
  const told = ratio === null ? '' : `, ratio ${ratio.toFixed(2)}${spread === undefined ? '' : ` (${spread.min.toFixed(2)} - ${spread.max.toFixed(2)})`}`;
  return `${name}: ${value.toLocaleString('en')} ${unit}${against}${told}`;
}

/** A figure as `--json` has it. */
export function figureJson({ name, value, unit, floor, ratio }: MeasuredFigure): Figure {
  return { name, value, unit, floor, ratio };
}

/** Two digits behind the point. */
export const round = (number: number): number => Math.round(number * 100) / 100;
