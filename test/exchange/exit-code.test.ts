import { describe, expect, it } from 'vitest';
import { ERROR_CATALOGUE } from '../../exchange/error-catalogue.ts';
import type { ErrorCode } from '../../exchange/errors.ts';
import { EXIT, exitCodeOf } from '../../exchange/exit-code.ts';

const CODES = Object.keys(ERROR_CATALOGUE) as ErrorCode[];

describe('the exit code of an error', () => {
  it('says with 2 that the use or the settings are wrong, and of nothing else', () => {
    expect(CODES.filter((code) => exitCodeOf(code) === EXIT.usage).toSorted()).toEqual(['bad-request', 'configuration-invalid']);
  });

  it('says with 3 what does not run or cannot be reached: trying again may help, and nobody refused', () => {
    expect(CODES.filter((code) => exitCodeOf(code) === EXIT.unavailable).toSorted()).toEqual([
      'connection-failed',
      'database-unavailable',
      'not-running',
      'temporal-unavailable',
      'worker-lost',
    ]);
  });

  it('is 1 for everything else, and never 0', () => {
    expect(new Set(CODES.map(exitCodeOf))).toEqual(new Set([EXIT.failed, EXIT.usage, EXIT.unavailable]));
  });
});
