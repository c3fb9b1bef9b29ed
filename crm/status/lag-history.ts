import type { CollectionStanding } from '../../adaptor/data/control/collection-standing.ts';

/** How far collections were behind at a moment. */
export interface LagSample {
  readonly at: Date;
  /** By collection; of several links the greatest. Milliseconds. */
  readonly lagMs: Readonly<Record<string, number>>;
}

/** Greatest number of samples: a day of one a minute. */
const MAX_SAMPLES = 1440;

/** Samples are kept so far apart, in milliseconds. */
const APART_MS = 60_000;

/** The lag of the last day as this process saw it: the control plane keeps only how it is now. Begins anew with the process. */
export class LagHistory {
  #samples: LagSample[] = [];

  /** What was seen, oldest first. */
  get samples(): readonly LagSample[] {
    return this.#samples;
  }

  /** Takes a sample, unless the last one is younger than a minute. */
  add(at: Date, standings: readonly CollectionStanding[]): void {
    const last = this.#samples.at(-1);
    if (last !== undefined && at.getTime() - last.at.getTime() < APART_MS) return;
    const lagMs: Record<string, number> = {};
    for (const standing of standings) lagMs[standing.collection] = Math.max(lagMs[standing.collection] ?? 0, Math.round(standing.lagMs));
    this.#samples.push({ at, lagMs });
    if (this.#samples.length > MAX_SAMPLES) this.#samples.shift();
  }
}
