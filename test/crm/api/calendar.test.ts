import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Requests, startTestCrm, type TestCrm } from '../test-crm.ts';

let crm: TestCrm;
let uwe: Requests;
beforeAll(async () => {
  crm = await startTestCrm();
  uwe = await crm.signIn('uwe@crm.example');
  await crm.admin.query(`
    insert into crm.appointments (id, uid, summary, all_day, start_date, end_date, starts_at, ends_at, time_zone, recurrence, exceptions, series_id, recurrence_id)
    values (gen_random_uuid(), 'a', 'Fair', true, '2026-03-27', '2026-03-30', null, null, null, null, '[]', null, null),
           (gen_random_uuid(), 'b', 'Lunch', false, null, null, '2026-03-28 12:00', '2026-03-28 13:00', null, null, '[]', null, null),
           ('11111111-1111-4111-8111-111111111111', 'c', 'Team', false, null, null, '2026-03-02 09:30', '2026-03-02 10:15', 'Europe/Berlin', 'FREQ=WEEKLY;BYDAY=MO,WE',
            '["2026-03-25T09:30:00"]', null, null),
           (gen_random_uuid(), 'c', 'Team (moved)', false, null, null, '2026-03-31 15:00', '2026-03-31 15:45', 'Europe/Berlin', null, '[]',
            '11111111-1111-4111-8111-111111111111', '2026-03-30T09:30:00'),
           (gen_random_uuid(), 'd', 'Tokyo', false, null, null, '2026-03-30 08:00', '2026-03-30 08:30', 'Asia/Tokyo', null, '[]', null, null),
           (gen_random_uuid(), 'e', 'Rent', true, '2026-01-31', '2026-02-01', null, null, null, 'FREQ=MONTHLY;BYMONTHDAY=-1', '[]', null, null),
           (gen_random_uuid(), 'f', 'Unreadable', false, null, null, '2026-03-29 02:30', null, 'Europe/Berlin', 'FREQ=NEVER', '[]', null, null),
           (gen_random_uuid(), 'g', 'Foreign zone', false, null, null, '2026-03-29 10:00', null, 'Mars/Phobos', null, '[]', null, null)`);
});
afterAll(() => crm[Symbol.asyncDispose]());

interface Entry {
  readonly title: string;
  readonly start: string;
  readonly end: string | null;
  readonly allDay: boolean;
}
async function read(from: string, to: string, timeZone = 'Europe/Berlin'): Promise<string[]> {
  const answer = await uwe('GET', `/api/calendar?from=${from}&to=${to}&timeZone=${timeZone}`);
  expect(answer.statusCode).toBe(200);
  return answer.json<{ entries: Entry[] }>().entries.map(({ title, start, end }) => `${title} ${start} ${end}`);
}

describe('the calendar', () => {
  it('shows days, wall times, and series without exceptions, with what was moved where it went', async () => {
    expect(await read('2026-03-23', '2026-04-01')).toEqual([
      'Team 2026-03-23T09:30:00 2026-03-23T10:15:00',
      'Fair 2026-03-27 2026-03-30',
      'Lunch 2026-03-28T12:00:00 2026-03-28T13:00:00',
      'Unreadable 2026-03-29T03:30:00 2026-03-29T03:30:00',
      'Foreign zone 2026-03-29T10:00:00 2026-03-29T10:00:00',
      'Tokyo 2026-03-30T01:00:00 2026-03-30T01:30:00',
      'Rent 2026-03-31 2026-04-01',
      'Team (moved) 2026-03-31T15:00:00 2026-03-31T15:45:00',
      'Team 2026-04-01T09:30:00 2026-04-01T10:15:00',
    ]);
  });

  it('keeps a series at its own hour over a change of summer time, and shows it at the viewer’s', async () => {
    // Berlin changes on 29 March, New York has changed on the 8th.
    expect((await read('2026-03-23', '2026-04-01', 'America/New_York')).filter((line) => line.startsWith('Team 2'))).toEqual([
      'Team 2026-03-23T04:30:00 2026-03-23T05:15:00',
      'Team 2026-04-01T03:30:00 2026-04-01T04:15:00',
    ]);
  });

  it('shows a floating time and a day as the same everywhere', async () => {
    const lines = await read('2026-03-27', '2026-03-28', 'Pacific/Auckland');
    expect(lines).toEqual(expect.arrayContaining(['Fair 2026-03-27 2026-03-30', 'Lunch 2026-03-28T12:00:00 2026-03-28T13:00:00']));
  });

  it('shows one day alone, with what began before and is not over', async () => {
    expect(await read('2026-03-29', '2026-03-29')).toEqual([
      'Fair 2026-03-27 2026-03-30',
      'Unreadable 2026-03-29T03:30:00 2026-03-29T03:30:00',
      'Foreign zone 2026-03-29T10:00:00 2026-03-29T10:00:00',
    ]);
    expect(await read('2027-01-02', '2027-01-02')).toEqual([]);
  });

  it.each([
    'from=2026-03-01',
    'from=2026-03-02&to=2026-03-01',
    'from=2026-01-01&to=2026-12-31',
    'from=x&to=y',
    'from=2026-03-01&to=2026-03-02&timeZone=Mars/Phobos',
  ])('refuses %s', async (query) => {
    expect((await uwe('GET', `/api/calendar?${query}`)).json()).toMatchObject({ code: 'bad-request' });
  });
});

describe('a series', () => {
  interface Stored {
    readonly id: string;
    readonly version: number;
    readonly recurrence: string | null;
  }
  const zone = { timeZone: 'Europe/Berlin' };
  const change = async ({ id, version }: Stored, changes: object): Promise<Stored> => {
    const answer = await uwe('PATCH', `/api/appointments/${id}`, { version, changes });
    expect(answer.json()).toMatchObject({ id });
    return answer.json<Stored>();
  };
  const seen = async (from: string, to: string, title: string): Promise<string[]> =>
    (await read(from, to)).filter((line) => line.startsWith(title)).map((line) => line.slice(title.length + 1, title.length + 17));

  it('is entered, changed and ended, and the calendar shows what its rule says', async () => {
    const fields = { ...zone, summary: 'Yoga', startsAt: '2027-02-01T18:00', endsAt: '2027-02-01T19:00', recurrence: 'freq=weekly;byday=mo' };
    const made = (await uwe('POST', '/api/appointments', fields)).json<Stored>();
    expect(made).toMatchObject({ recurrence: 'FREQ=WEEKLY;BYDAY=MO', seriesId: null, exceptions: [] });
    expect(await seen('2027-02-01', '2027-02-14', 'Yoga')).toEqual(['2027-02-01T18:00', '2027-02-08T18:00']);
    const changed = await change(made, { recurrence: 'FREQ=WEEKLY;BYDAY=MO,TH;COUNT=3' });
    expect(await seen('2027-02-01', '2027-02-14', 'Yoga')).toEqual(['2027-02-01T18:00', '2027-02-04T18:00', '2027-02-08T18:00']);
    await change(changed, { recurrence: null });
    expect(await seen('2027-02-01', '2027-02-14', 'Yoga')).toEqual(['2027-02-01T18:00']);
  });

  it('keeps what was called off and what was moved when it moves to another hour, or becomes whole days', async () => {
    const { rows } = await crm.admin.query<{ id: string }>(`
      insert into crm.appointments (uid, summary, starts_at, time_zone, recurrence, exceptions)
      values ('s', 'Choir', '2027-03-01 19:00', 'Europe/Berlin', 'FREQ=DAILY;COUNT=4', '["2027-03-02T19:00:00", "2027-03-02T07:00:00"]') returning id`);
    const id = rows[0]?.id ?? '';
    await crm.admin.query(
      `insert into crm.appointments (uid, summary, starts_at, time_zone, series_id, recurrence_id)
       values ('s', 'Choir', '2027-03-09 12:00', 'Europe/Berlin', $1, '2027-03-03T19:00:00')`,
      [id],
    );
    const start = (await uwe('GET', `/api/appointments/${id}`)).json<Stored>();
    const later = await change(start, { startsAt: '2027-03-01T20:15' });
    expect(await seen('2027-03-01', '2027-03-10', 'Choir')).toEqual(['2027-03-01T20:15', '2027-03-04T20:15', '2027-03-09T12:00']);
    const days = await change(later, { allDay: true, startsAt: null, timeZone: null, startDate: '2027-03-01' });
    expect(await seen('2027-03-01', '2027-03-10', 'Choir')).toEqual(['2027-03-01 2027-', '2027-03-04 2027-', '2027-03-09T12:00']);
    await change(days, { allDay: false, startsAt: '2027-03-01T08:00', timeZone: 'Europe/Berlin', startDate: null });
    expect(await seen('2027-03-01', '2027-03-10', 'Choir')).toEqual(['2027-03-01T08:00', '2027-03-04T08:00', '2027-03-09T12:00']);
    // What is of no occurrence of the series stays as it came.
    expect((await uwe('GET', `/api/appointments/${id}`)).json()).toMatchObject({ exceptions: ['2027-03-02T08:00:00', '2027-03-02T07:00:00'] });
  });

  it.each([
    ['a rule that is none', { recurrence: 'FREQ=NEVER' }],
    ['one that never happens', { recurrence: 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30' }],
    ['one that ends before it begins', { recurrence: 'FREQ=DAILY;UNTIL=20260101' }],
    ['other lines of a calendar', { recurrence: 'FREQ=DAILY\nEXDATE:20270501' }],
  ])('is refused: %s', async (_what, fields) => {
    const answer = await uwe('POST', '/api/appointments', { ...zone, summary: 'Refused', startsAt: '2027-04-01T10:00', ...fields });
    expect(answer.json()).toMatchObject({ code: 'bad-request' });
    expect((await crm.admin.query(`select from crm.appointments where summary = 'Refused'`)).rowCount).toBe(0);
  });

  it('of somebody else’s rule is not touched by a change beside it, and one occurrence of a series gets no rule', async () => {
    const { rows } = await crm.admin.query<Stored>(`select id, version, recurrence from crm.appointments where uid = 'f'`);
    const unreadable = rows[0] ?? { id: '', version: 0, recurrence: null };
    expect(await change(unreadable, { location: 'Here' })).toMatchObject({ recurrence: 'FREQ=NEVER' });
    const moved = (await crm.admin.query<Stored>(`select id, version from crm.appointments where summary = 'Team (moved)'`)).rows[0];
    const answer = await uwe('PATCH', `/api/appointments/${moved?.id}`, { version: moved?.version, changes: { recurrence: 'FREQ=DAILY' } });
    expect(answer.json()).toMatchObject({ code: 'bad-request', detail: expect.stringContaining('one occurrence of a series') });
  });
});
