import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import ts from 'typescript';
import { METRICS, type MetricDefinition } from '../../observability/metrics/catalogue.ts';
import { dashboardExpressions, ruleExpressions, selectorsIn } from '../support/promql.ts';

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

const GRAFANA_TYPES = `import type { Custom, DashboardInJson, Options, Panels } from './grafana-types.ts';`;

/** A dashboard as a module of the types of Grafana's schema: one constant for all but its panels, and for each panel what it shows, its options and how it draws. */
function inTypes({ panels, ...rest }: typeof dashboard): string {
  const parts = panels.flatMap((panel, i) => {
    const { options, fieldConfig, ...others } = panel as Panel & { options?: unknown; fieldConfig?: { defaults: { custom?: unknown } } };
    const { custom, ...defaults } = fieldConfig?.defaults ?? {};
    const plain = { ...others, ...(fieldConfig === undefined ? {} : { fieldConfig: { ...fieldConfig, defaults } }) };
    const constants = { Panels: plain, Options: options, Custom: custom };
    return Object.entries(constants).flatMap(([of, value]) =>
      value === undefined ? [] : [`export const ${of}${i}: ${of}['${panel.type}'] = ${JSON.stringify(value)};`],
    );
  });
  return [GRAFANA_TYPES, `export const dashboard: DashboardInJson = ${JSON.stringify(rest)};`, ...parts].join('\n');
}

/** What Grafana's schema says against each of these dashboards: the faults that TypeScript finds in its text as values of those types. */
function grafanaFaults(dashboards: readonly (typeof dashboard)[]): readonly (readonly string[])[] {
  const files = new Map(dashboards.map((each, i) => [fileURLToPath(new URL(`dashboard-${i}-in-types.ts`, import.meta.url)), inTypes(each)]));
  const settings = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    allowImportingTsExtensions: true,
    types: [],
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
  };
  const host = ts.createCompilerHost(settings);
  const [readSource, exists] = [host.getSourceFile.bind(host), host.fileExists.bind(host)];
  host.getSourceFile = (name, ...more) => {
    const text = files.get(name);
    return text === undefined ? readSource(name, ...more) : ts.createSourceFile(name, text, ts.ScriptTarget.ES2022);
  };
  host.fileExists = (name) => files.has(name) || exists(name);
  const found = ts.getPreEmitDiagnostics(ts.createProgram([...files.keys()], settings, host));
  return [...files.keys()].map((name) =>
    found.filter(({ file }) => file?.fileName === name || file === undefined).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' ')),
  );
}

describe('the dashboard, by Grafana’s own schema', () => {
  it('has the form that Grafana takes, and would be found wrong', () => {
    const altered = (text: string, by: string) => JSON.parse(read('observability/dashboard.json').replace(text, by)) as typeof dashboard;
    const [faults, colour, layout, name] = grafanaFaults([
      dashboard,
      altered('"colorMode": "background"', '"colorMode": "backgrounds"'),
      altered('"wideLayout": true', '"wide": true'),
      altered('"graphTooltip"', '"tooltip"'),
    ]);
    expect(faults).toEqual([]);
    expect(colour).toEqual([expect.stringContaining('backgrounds')]);
    expect(layout?.join()).toContain('wide');
    expect(name?.join()).toContain('tooltip');
  });
});

describe('alert rules and dashboard', () => {
  it('are PromQL, by Prometheus’ own grammar', () => {
    const expressions = [...dashboardExpressions(), ...ruleExpressions().map(({ expr }) => expr)];
    expect(expressions.length).toBeGreaterThan(40);
    for (const expression of expressions) expect(selectorsIn(expression).length).toBeGreaterThan(0);
    for (const wrong of ['rate(tidegate_records_total[5m]', 'sum by (tidegate_lag_seconds', 'rat(tidegate_records_total[5m])'])
      expect(() => selectorsIn(wrong)).toThrow();
  });

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

  it('takes the configurations of the containers, and what the dashboard asks', async () => {
    const place = mkdtempSync(join(tmpdir(), 'tidegate-promtool-'));
    const files = {
      'company.yml': '../docker/prometheus/company.yml',
      'third-party.yml': '../docker/prometheus/third-party.yml',
      'alerts.yml': 'observability/alerts.yml',
    };
    for (const [name, from] of Object.entries(files)) writeFileSync(join(place, name), read(from));
    // Rules are the way to have promtool read expressions; Grafana puts the interval and the links there.
    const rules = dashboardExpressions().map((expr, i) => ({ record: `dashboard:${i}`, expr: expr.replaceAll('$__rate_interval', '1m') }));
    writeFileSync(join(place, 'dashboard.yml'), JSON.stringify({ groups: [{ name: 'dashboard', rules }] }));
    const check = (...args: readonly string[]) => promisify(execFile)('promtool', ['check', ...args], { cwd: place });
    const told = await Promise.all([check('config', 'company.yml'), check('config', 'third-party.yml'), check('rules', 'dashboard.yml')]);
    rmSync(place, { recursive: true });
    expect(told.map(({ stdout }) => stdout.includes('SUCCESS'))).toEqual([true, true, true]);
  });
});
