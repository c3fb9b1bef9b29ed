import { expect, it } from 'vitest';
import { SCENARIOS, USUAL_SCENARIOS, readBenchOptions } from '../../bench/options.ts';

it('measures everything on a million contacts unless told otherwise', () => {
  expect(readBenchOptions([])).toEqual({
    rows: 1_000_000,
    rounds: 3,
    only: USUAL_SCENARIOS,
    json: false,
    home: undefined,
    keep: false,
    explainMs: undefined,
    statements: false,
  });
  expect(readBenchOptions(['--rows', '5000', '--only', 'load,single', '--json', '--explain', '50', '--statements'])).toMatchObject({
    rows: 5000,
    only: ['load', 'single'],
    json: true,
    explainMs: 50,
    statements: true,
  });
  expect(USUAL_SCENARIOS).toEqual(SCENARIOS.filter((name) => name !== 'observation'));
  expect(readBenchOptions(['--help'])).toBe('help');
});

it.each([['--rows', '10'], ['--rows', '1e9x'], ['--rounds', '0'], ['--only', 'everything'], ['--fast']])('refuses %s %s', (...args) => {
  expect(() => readBenchOptions(args)).toThrow(expect.objectContaining({ code: 'bad-request' }) as Error);
});
