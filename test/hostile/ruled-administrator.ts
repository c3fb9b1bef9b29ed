import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clash, setAside } from '../crm/control-plane.ts';
import { RULES, type RuledCrm, attachWithRules } from '../crm/ruled-crm.ts';
import { TEST_LINK } from '../crm/test-crm.ts';

const DENIED_FIELD = { status: 403, code: 'field-denied', noUpdate: 'No update was performed.' };
const NOT_FOUND = { status: 404, code: 'record-not-found' };

/** What is tested of an administrator under rules, at the CRM of crm-access-rules.test.ts; its rules are put back. */
export function testRuledAdministrator(the: () => RuledCrm): void {
  describe('an integration administrator whom a rule names', () => {
    const numbers: Record<'open' | 'hidden' | 'readOnly' | 'secret' | 'aside' | 'secretAside', number> = {
      open: 0,
      hidden: 0,
      readOnly: 0,
      secret: 0,
      aside: 0,
      secretAside: 0,
    };
    beforeAll(async () => {
      const own = {
        role: 'crm_admin',
        read: { sql: `company is distinct from 'Secret'` },
        write: 'all',
        hidden: ['birthday'],
        readOnly: ['job_title'],
      } as const;
      await attachWithRules(the().crm, { ...RULES, contacts: { ...RULES['contacts'], rules: [...(RULES['contacts']?.rules ?? []), own] } });
      const { admin } = the().crm;
      const numberOf = async (table: string): Promise<number> =>
        Number((await admin.query<{ id: string }>(`select max(id)::text as id from tidegate.${table}`)).rows[0]?.id);
      for (const [name, key, field] of [
        ['open', the().ids.uwe, 'company'],
        ['hidden', the().ids.uwe, 'birthday'],
        ['readOnly', the().ids.uwe, 'jobTitle'],
        ['secret', the().ids.secret, 'company'],
      ] as const) {
        await clash(admin, 'contacts', key, field);
        numbers[name] = await numberOf('conflict');
      }
      await admin.query(`update tidegate.conflict set outcome = 'review'`);
      for (const [name, key] of [
        ['aside', the().ids.uwe],
        ['secretAside', the().ids.secret],
      ] as const) {
        await setAside(admin, 'contacts', key);
        numbers[name] = await numberOf('quarantine');
      }
      await admin.query(`update tidegate.quarantine set record = '{"note": "seen", "birthday": "1999-09-09"}'`);
    });
    afterAll(async () => {
      await the().crm.admin.query('delete from tidegate.conflict; delete from tidegate.quarantine');
      await attachWithRules(the().crm, RULES);
    });
    const reason = 'it was meant';
    const decide = (path: string, body: object = { reason }) => the().ada('POST', `/api/${path}`, body);

    it('is shown what waits of records and fields that the rule opens, and nothing else', async () => {
      expect((await the().ada('GET', `/api/conflicts/${numbers.open}`)).json()).toMatchObject({ crmValue: 'here', cloudValue: 'there' });
      expect((await the().ada('GET', `/api/conflicts/${numbers.hidden}`)).json()).toMatchObject({ crmValue: null, cloudValue: null });
      expect((await the().ada('GET', `/api/conflicts/${numbers.secret}`)).json()).toMatchObject(NOT_FOUND);
      const aside = await the().ada('GET', `/api/set-aside/${numbers.aside}`);
      expect(aside.json<{ record: object }>().record).toEqual({ note: 'seen' });
      expect(aside.body).not.toContain('1999');
      expect((await the().ada('GET', `/api/set-aside/${numbers.secretAside}`)).json()).toMatchObject(NOT_FOUND);
      const { rows, total } = (await the().ada('GET', '/api/conflicts')).json<{ rows: { id: string }[]; total: number }>();
      expect([rows.map(({ id }) => Number(id)).toSorted((a, b) => a - b), total]).toEqual([[numbers.open, numbers.hidden, numbers.readOnly], 3]);
    });

    it('decides about nothing that is hidden, and writes no field that is read only', async () => {
      the().crm.control.calls.length = 0;
      for (const act of ['keep', 'restore']) expect((await decide(`conflicts/${numbers.secret}/${act}`)).json()).toMatchObject(NOT_FOUND);
      for (const act of ['retry', 'discard']) expect((await decide(`set-aside/${numbers.secretAside}/${act}`)).json()).toMatchObject(NOT_FOUND);
      for (const field of ['hidden', 'readOnly'] as const) expect((await decide(`conflicts/${numbers[field]}/restore`)).json()).toMatchObject(DENIED_FIELD);
      for (const field of ['birthday', 'jobTitle'])
        expect((await decide(`set-aside/${numbers.aside}/edit`, { reason, values: { note: 'x', [field]: 'y' } })).json()).toMatchObject({
          ...DENIED_FIELD,
          facts: { field },
        });
      expect((await decide(`set-aside/${numbers.secretAside}/edit`, { reason, values: { note: 'x' } })).json()).toMatchObject(NOT_FOUND);
      expect(the().crm.control.calls).toEqual([]);
      expect((await decide(`conflicts/${numbers.open}/restore`)).statusCode).toBe(202);
      expect((await decide(`set-aside/${numbers.aside}/edit`, { reason, values: { note: 'x' } })).statusCode).toBe(202);
      expect(the().crm.control.calls.map((call) => call.act)).toEqual(['release', 'release']);
    });

    it('decides all alike for the cloud, but for what the rule keeps', async () => {
      the().crm.control.calls.length = 0;
      const answer = (await decide('conflicts/decide', { side: 'cloud', reason })).json<{ decided: number; refused: { id: string; code: string }[] }>();
      expect(answer).toMatchObject({ decided: 1 });
      expect(answer.refused).toEqual([
        { id: String(numbers.hidden), code: 'field-denied' },
        { id: String(numbers.readOnly), code: 'field-denied' },
        { id: String(numbers.secret), code: 'record-not-found' },
      ]);
      // What stands may stay as it is, of whatever field: nothing is written.
      const kept = (await decide('conflicts/decide', { side: 'crm', reason })).json<{ decided: number; refused: object[] }>();
      expect(kept).toMatchObject({ decided: 3, refused: [{ code: 'record-not-found' }] });
    });

    it('sees of a plan what the rule opens', async () => {
      const plan = randomUUID();
      await the().crm.admin.query(
        `insert into tidegate.plan (id, link, direction, collections, sample, requested_by, state, result, expires_at)
         values ($1, $2, 'reverse', '{}', 5, 'ada', 'done', '[]', now() + interval '1 hour')`,
        [plan, TEST_LINK],
      );
      await the().crm.admin.query(
        `insert into tidegate.plan_difference (plan_id, n, collection, key, op, outcome, field, before, after) values
           ($1, 0, 'contacts', array[$2], 'U', 'update', 'note', 'old', 'new'), ($1, 1, 'contacts', array[$2], 'U', 'update', 'birthday', '1971-01-01', '1999-09-09'),
           ($1, 2, 'contacts', array[$3], 'U', 'update', 'note', 'canary', 'canary')`,
        [plan, the().ids.uwe, the().ids.secret],
      );
      const answer = await the().ada('GET', `/api/plans/${plan}`);
      const shown = answer.json<{ differences: { field: string; before: string | null; after: string | null }[] }>().differences;
      expect(shown.map(({ field, before, after }) => [field, before, after])).toEqual([
        ['note', 'old', 'new'],
        ['birthday', null, null],
      ]);
      expect(answer.body).not.toMatch(/canary|1999/);
    });

    it('has no calendar of appointments whose times are hidden', async () => {
      const range = 'from=2026-07-01&to=2026-07-31';
      expect((await the().ada('GET', `/api/calendar?${range}`)).statusCode).toBe(200);
      await attachWithRules(the().crm, { appointments: { rules: [{ role: 'crm_admin', read: 'all', write: 'all', hidden: ['ends_at'], readOnly: [] }] } });
      expect((await the().ada('GET', `/api/calendar?${range}`)).json()).toMatchObject({ ...DENIED_FIELD, facts: { field: 'endsAt' } });
    });
  });
}
