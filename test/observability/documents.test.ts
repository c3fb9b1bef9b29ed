import { execFile, execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { METRICS, type MetricDefinition } from '../../observability/metrics/catalogue.ts';

const folder = fileURLToPath(new URL('../../docs/observability/', import.meta.url));
const read = (name: string) => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');
const known = new Set(
  (Object.values(METRICS) as readonly MetricDefinition[]).flatMap(({ name, type }) =>
    type === 'histogram' ? ['_bucket', '_count', '_sum'].map((end) => name + end) : [name],
  ),
);
const metricsIn = (text: string) => [...new Set(text.match(/\btidegate_[a-z_]+/g))];
const alerts = [...read('observability/alerts.yml').matchAll(/alert: (\w+)/g)].map(([, name]) => name);

interface Panel {
  readonly title: string;
  readonly description?: string;
  readonly type: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string }[];
}
const dashboard = JSON.parse(read('observability/dashboard.json')) as { panels: Panel[] };

function hasPromtool(): boolean {
  try {
    execFileSync('promtool', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describe('alert rules and dashboard', () => {
  it('ask for metrics that exist', () => {
    for (const file of ['alerts.yml', 'alerts.test.yml', 'dashboard.json']) {
      const named = metricsIn(read(`observability/${file}`));
      expect(named.length).toBeGreaterThan(3);
      expect({ file, unknown: named.filter((name) => !known.has(name)) }).toEqual({ file, unknown: [] });
    }
  });

  it('have what to do for each alert in docs/observability.md, and no alert more', () => {
    expect(alerts.length).toBeGreaterThan(10);
    const told = [...read('observability.md').matchAll(/^\| `(Tidegate\w+)` \|/gm)].map(([, name]) => name);
    expect(told.toSorted()).toEqual([...new Set(alerts)].toSorted());
  });

  it('show panels that do not lie over each other, each with a sentence', () => {
    const panels = dashboard.panels.filter(({ type }) => type !== 'row');
    for (const { title, description, targets } of panels) {
      expect(`${title}: ${description ?? ''}`).toMatch(/: .*\.$/);
      expect({ title, targets: targets?.length ?? 0 }).not.toEqual({ title, targets: 0 });
    }
    const overlap = ({ gridPos: a }: Panel, { gridPos: b }: Panel) => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
    const over = dashboard.panels.flatMap((a, i) =>
      dashboard.panels
        .slice(i + 1)
        .filter((b) => overlap(a, b))
        .map((b) => `${a.title} / ${b.title}`),
    );
    expect(over).toEqual([]);
  });
});

describe.skipIf(!hasPromtool())('in Prometheus’ own tool (skipped where promtool is not installed)', () => {
  it.each([
    ['check', 'rules', 'alerts.yml'],
    ['check', 'config', 'prometheus.yml'],
    ['test', 'rules', 'alerts.test.yml'],
  ])('promtool %s %s %s', async (...args) => {
    await expect(promisify(execFile)('promtool', args, { cwd: folder })).resolves.toMatchObject({ stdout: expect.stringContaining('SUCCESS') as string });
  });
});
