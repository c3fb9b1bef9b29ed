import { describe, expect, it } from 'vitest';
import { alertFaults } from '../../scripts/docs/check-alerts.ts';
import { folderWith } from './broken-documents.ts';

const rules =
  'groups:\n  - name: tidegate\n    rules:\n      - alert: TidegateDown\n      - record: something\n      - alert: TidegateSlow\n      - alert: TidegateSlower\n';
const faultsOf = (...rows: string[]): readonly string[] =>
  alertFaults(folderWith({ 'docs/observability/alerts.yml': rules, 'docs/operations.md': ['| Alert | Do |', '|---|---|', ...rows].join('\n') }).root);

describe('what to do for alerts', () => {
  it('stands in the handbook for each, alone or together', () => {
    expect(faultsOf('| TidegateDown | x |', '| TidegateSlow, TidegateSlower | x |')).toEqual([]);
  });

  it('is missed where it is not, and where there is no such alert', () => {
    expect(faultsOf('| TidegateDown | x |', '| TidegateSlow | x |')).toEqual(['docs/operations.md: does not say what to do for TidegateSlower']);
    expect(faultsOf('| TidegateDown, TidegateGone | x |', '| TidegateSlow, TidegateSlower | x |')).toEqual([
      'docs/operations.md: there is no alert TidegateGone',
    ]);
  });

  it('is not asked for where there are no alerts', () => {
    expect(alertFaults(folderWith({ 'docs/operations.md': '' }).root)).toEqual([]);
  });
});
