import { readFileSync, readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHECKS, diagnose } from '../../../cli/doctor/diagnose.ts';
import type { Check } from '../../../cli/doctor/finding.ts';
import { type Parts, openParts } from '../../../cli/doctor/parts.ts';
import { runProgram } from '../run-program.ts';
import { type Patient, createPatient } from './doctor-fixture.ts';

let patient: Patient;
beforeAll(async () => {
  patient = await createPatient();
});
afterAll(() => patient[Symbol.asyncDispose]());

interface Report {
  readonly faults: number;
  readonly warnings: number;
  readonly skipped: number;
  readonly findings: readonly {
    readonly check: string;
    readonly subject: string;
    readonly severity: string;
    readonly detail: string;
    readonly advice?: string;
  }[];
}

describe('tidegate doctor', () => {
  it('runs every check of a side, each once, and ends with 1 where something is wrong', async () => {
    const { code, stdout, stderr } = await runProgram(patient.environment.crm, 'doctor', '--json');
    const report = JSON.parse(stdout) as Report;
    // Nothing of this patient's runs: no worker, no Schedules. All else is well.
    expect(new Set(report.findings.filter(({ severity }) => severity === 'fault').map(({ check }) => check))).toEqual(new Set(['worker', 'schedules']));
    expect([...new Set(report.findings.map(({ check }) => check))]).toEqual(CHECKS.crm.map(({ name }) => name));
    expect(report).toMatchObject({ side: 'crm', skipped: 0, faults: report.findings.filter(({ severity }) => severity === 'fault').length });
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
  });

  it('ends with 0 where all is well, warnings or not, on the third party’s side', async () => {
    const { code, stdout } = await runProgram(patient.environment.cloud, 'doctor', '--side', 'cloud');
    expect(code).toBe(0);
    for (const { name } of CHECKS.cloud) expect(stdout).toMatch(new RegExp(`^(ok|WARNING) +${name} `, 'm'));
    expect(stdout).toMatch(/0 fault\(s\), \d warning\(s\), 0 not looked at/);
  });

  it('says what to do wherever something is wrong, and shows no secret', async () => {
    const password = new URL(patient.environment.crm['TIDEGATE_CRM_CONSUMER_URL'] ?? '').password;
    const { code, stdout } = await runProgram({ ...patient.environment.crm, TIDEGATE_CLOUD_URL: 'https://127.0.0.1:1' }, 'doctor');
    expect(code).toBe(1);
    const lines = stdout.split('\n');
    lines.forEach((line, i) => expect(/^(FAULT|WARNING)/.test(line) ? lines[i + 1] : '-> ').toContain('-> '));
    expect(lines.filter((line) => line.startsWith('FAULT')).some((line) => line.includes('https://127.0.0.1:1'))).toBe(true);
    expect(stdout).not.toContain(password);
  });

  it('reports a part that is away once, and goes on with the others', async () => {
    const url = (name: string) => [name, 'postgresql://tidegate:x@127.0.0.1:1/none'] as const;
    const variables = Object.fromEntries(
      Object.keys(patient.environment.crm)
        .filter((name) => /_(CONSUMER|REVERSE|VERIFIER|PAGE)_URL$/.test(name))
        .map(url),
    );
    const report = JSON.parse((await runProgram({ ...patient.environment.crm, ...variables }, 'doctor', '--json')).stdout) as Report;
    const of = (check: string) => report.findings.filter((finding) => finding.check === check).map(({ severity }) => severity);
    expect(of('store')).toEqual(['fault', 'fault', 'fault', 'fault']);
    for (const name of ['roles', 'keys', 'capture', 'links']) expect(of(name)).toEqual(['skipped']);
    for (const name of ['configuration', 'temporal', 'disk']) expect(of(name)).toEqual(['ok']);
  });

  it('has nothing to look at where nothing is set, and says so', async () => {
    const report = JSON.parse((await runProgram({ TIDEGATE_HOME: `${patient.folder}/none` }, 'doctor', '--json')).stdout) as Report;
    expect(report.findings.filter(({ check }) => check === 'settings').map(({ subject }) => subject)).toContain('TIDEGATE_CRM_CONSUMER_URL');
  });
});

describe('a check', () => {
  it('that fails in an unforeseen way becomes a finding without its text, and the next one runs', async () => {
    await using parts = openParts('crm', patient.environment.crm);
    const broken: Check<Parts> = { name: 'broken', run: () => Promise.reject(new Error('password=hunter2')) };
    const well: Check<Parts> = { name: 'well', run: async () => [] };
    const found = await diagnose(parts, [broken, well]);
    expect(found).toMatchObject([{ check: 'broken', severity: 'fault', detail: expect.stringContaining('[unexpected]') }]);
    expect(JSON.stringify(found)).not.toContain('hunter2');
  });

  it('stands in a file of its own, is documented, and is broken by a test', () => {
    const names = new Set(Object.values(CHECKS).flatMap((checks) => checks.map(({ name }) => name)));
    const documented = readFileSync(new URL('../../../docs/cli.md', import.meta.url), 'utf8');
    for (const name of names) expect(documented).toContain(`| \`${name}\` |`);
    const folder = new URL('../../../cli/doctor/checks/', import.meta.url);
    const tests = readdirSync(new URL('.', import.meta.url)).map((file) => readFileSync(new URL(file, import.meta.url), 'utf8'));
    for (const file of readdirSync(folder)) expect(tests.some((text) => text.includes(`checks/${basename(file)}'`))).toBe(true);
  });
});
