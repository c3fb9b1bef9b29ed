import { describe, expect, it } from 'vitest';
import { interleave, percentile, ratios, spreadOf } from '../../bench/pairs.ts';
import { figureJson, figureText, rateFigures } from '../../bench/report.ts';

describe('contenders', () => {
  it('run in turns, each round in another order', async () => {
    const order: string[] = [];
    const contender = (name: string) => ({
      name,
      run: (round: number) => {
        order.push(`${name}${round}`);
        return Promise.resolve({ ms: round + 1, cpuMs: 10 });
      },
    });
    const told: string[] = [];
    const results = await interleave([contender('a'), contender('b'), contender('c')], 2, (name, round, { ms }) => told.push(`${name} ${round} ${ms}`));
    expect(order).toEqual(['a0', 'b0', 'c0', 'b1', 'c1', 'a1']);
    expect(results).toEqual(new Map(['a', 'b', 'c'].map((name) => [name, [1, 2].map((ms) => ({ ms, cpuMs: 10 }))])));
    expect(told[3]).toBe('b 1 2');
  });
});

describe('ratios', () => {
  it('are of pairs of one round, with their spread', () => {
    expect(ratios([100, 300, 100], [200, 300, 50])).toEqual({ min: 0.5, median: 1, max: 2 });
    expect(spreadOf([4, 1, 2, 3])).toEqual({ min: 1, median: 2.5, max: 4 });
    expect(spreadOf([]).median).toBeNaN();
    expect(percentile([5, 1, 4, 2, 3], 0.5)).toBe(3);
    expect(percentile([5, 1, 4, 2, 3], 0.99)).toBe(5);
  });

  it('become figures with floor and rate, one by time and one by processor time for each floor', () => {
    const runs = (...times: number[]) => times.map((ms) => ({ ms, cpuMs: ms === 1000 ? 500 : 250 }));
    const results = new Map([
      ['product', runs(1000, 2000, 1000)],
      ['psql', runs(500, 500, 1000)],
    ]);
    const figures = rateFigures('load', 1000, results);
    expect(figures.map(figureJson)).toEqual([
      { name: 'load, against psql', value: 1000, unit: 'rows/s', floor: 2000, ratio: 0.5 },
      { name: 'load, against psql, by processor time', value: 2000, unit: 'rows/CPU s', floor: 4000, ratio: 1 },
    ]);
    expect(figures.map(figureText)[0]).toBe('load, against psql: 1,000 rows/s, floor 2,000, ratio 0.50 (0.25 - 1.00)');
    expect(figureText({ name: 'memory', value: 1, unit: 'MiB', floor: null, ratio: null })).toBe('memory: 1 MiB');
  });

  it('say nothing of processor time where the system does not', () => {
    const runs = [{ ms: 1000, cpuMs: Number.NaN }];
    expect(
      rateFigures(
        'load',
        10,
        new Map([
          ['product', runs],
          ['psql', runs],
        ]),
      ),
    ).toHaveLength(1);
  });
});
