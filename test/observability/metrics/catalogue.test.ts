import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { METRICS, type MetricDefinition } from '../../../observability/metrics/catalogue.ts';
import { metricsDocument } from '../../../observability/metrics/document.ts';

const all = Object.values(METRICS) as readonly MetricDefinition[];

describe('the catalogue of metrics', () => {
  it('keeps to the conventions of Prometheus', () => {
    for (const { name, type, help, parts } of all) {
      expect(name).toMatch(/^tidegate_[a-z]+(_[a-z]+)*$/);
      expect({ name, total: name.endsWith('_total') }).toEqual({ name, total: type === 'counter' });
      expect(name).not.toMatch(/_(ms|milliseconds|minutes|days|percent|kb)(_|$)/);
      if (type === 'histogram') expect(name).toMatch(/_seconds$/);
      expect(`${name}: ${help}`).toMatch(/: \S{2}.*\.$/);
      expect({ name, parts: parts.length }).not.toEqual({ name, parts: 0 });
    }
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
  });

  it('has labels of few values only: no key, no value, no id of a run, message or batch', () => {
    const few = new Set('link collection direction outcome state alarm activity code method route status certificate files party pool part version'.split(' '));
    for (const { name, labels } of all) expect({ name, many: labels.filter((label) => !few.has(label)) }).toEqual({ name, many: [] });
  });

  it('is what docs/metrics.md says', () => {
    expect(readFileSync(new URL('../../../docs/metrics.md', import.meta.url), 'utf8')).toBe(metricsDocument());
  });
});
