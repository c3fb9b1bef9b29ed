import type { BenchStack } from '../bench-stack.ts';
import type { Floors } from '../floors.ts';
import type { NativeReplication } from '../native-replication.ts';
import type { Contender, Results } from '../pairs.ts';
import type { Product } from '../product.ts';
import type { MeasuredFigure } from '../report.ts';

/** What a scenario works with. */
export interface Bench {
  readonly stack: BenchStack;
  readonly product: Product;
  readonly floors: Floors;
  readonly native: NativeReplication;
  readonly rows: number;
  readonly rounds: number;
  /** Folder for what is thrown away at the end. */
  readonly home: string;
  /** Runs contenders in turns and tells of each run. */
  compare(contenders: readonly Contender[], rounds?: number): Promise<Results>;
}

/** One thing that is measured: both stores are in step before it and after it. */
export type Scenario = (bench: Bench) => Promise<readonly MeasuredFigure[]>;
