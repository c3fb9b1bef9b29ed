import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { component, file } from '../../adaptor/data/import/entries/entries-of.ts';
import { type ImportStore, createImportStore } from './import-store.ts';

let store: ImportStore;
beforeAll(async () => void (store = await createImportStore()));
afterAll(() => store[Symbol.asyncDispose]());
beforeEach(() => store.clear());

const card = (...lines: string[]) => component('VCARD', 'VERSION:3.0', ...lines);
const event = (...lines: string[]) => component('VEVENT', ...lines);
const calendar = (...parts: string[]) => file('BEGIN:VCALENDAR', 'VERSION:2.0', 'X-WR-CALNAME:mine') + parts.join('') + file('END:VCALENDAR');
const counts = { entries: 0, added: 0, updated: 0, present: 0, superseded: 0, refused: [] };
const contacts = () => store.rows('select family_name, note, emails, private, version from crm.contacts order by family_name');

describe('a file', () => {
  it('goes in, each kind into its table', async () => {
    const result = await store.importText(
      calendar(event('UID:1', 'DTSTART:20260701T090000Z'), component('VTODO', 'UID:1', 'SUMMARY:do')) + card('UID:1', 'FN:Doe'),
    );
    expect(result).toEqual({ ...counts, entries: 3, added: 3 });
    expect(await store.rows('select uid, starts_at, time_zone from crm.appointments')).toEqual([
      { uid: '1', starts_at: '2026-07-01T09:00:00', time_zone: 'UTC' },
    ]);
    expect(await store.rows('select subject, status from crm.tasks')).toEqual([{ subject: 'do', status: 'open' }]);
    expect(await contacts()).toMatchObject([{ family_name: 'Doe' }]);
  });

  it('adds and changes nothing the second time, with UIDs or without, whatever its time stamps say', async () => {
    const text = (stamp: string) =>
      calendar(
        event('UID:1', `DTSTAMP:${stamp}`, 'DTSTART:20260701T090000Z'),
        event(`DTSTAMP:${stamp}`, 'DTSTART:20260702T090000Z'),
        component('VTODO', 'SUMMARY:do'),
      ) + card('FN:Doe', `REV:${stamp}`);
    expect(await store.importText(text('20260101T000000Z'))).toEqual({ ...counts, entries: 4, added: 4 });
    const before = await store.rows('select id, version, residue from crm.appointments order by id');
    expect(await store.importText(text('20260202T000000Z'))).toEqual({ ...counts, entries: 4, present: 4 });
    expect(await store.rows('select id, version, residue from crm.appointments order by id')).toEqual(before);
  });

  it('that holds an entry twice adds it once; of two with one UID the newer one counts', async () => {
    const twice = event('UID:1', 'DTSTART:20260701T090000Z', 'SUMMARY:x');
    expect(await store.importText(twice + twice)).toEqual({ ...counts, entries: 2, added: 1, present: 1 });
    const old = event('UID:2', 'DTSTART:20260701T090000Z', 'SUMMARY:old', 'SEQUENCE:1');
    const fresh = event('UID:2', 'DTSTART:20260701T090000Z', 'SUMMARY:new', 'SEQUENCE:2');
    for (const text of [fresh + old, old + fresh]) {
      await store.clear();
      expect(await store.importText(text)).toEqual({ ...counts, entries: 2, added: 1, superseded: 1 });
      expect(await store.importText(text)).toEqual({ ...counts, entries: 2, present: 1, superseded: 1 });
      expect(await store.rows('select summary from crm.appointments')).toEqual([{ summary: 'new' }]);
    }
  });

  it('without entries is none to complain of; one that cannot be read leaves nothing behind', async () => {
    expect(await store.importText(calendar())).toEqual(counts);
    await expect(
      store.importText(Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(card('FN:x'), 'utf16le'), Buffer.from([0, 0xd8])])),
    ).rejects.toMatchObject({
      code: 'encoding-unknown',
    });
    expect(await contacts()).toEqual([]);
    expect(await store.importText(card('FN:y'))).toMatchObject({ added: 1 });
  });

  it('has the file as the actor of what the CRM captures', async () => {
    await store.pool.query(`create table public.seen (actor text); create function public.see() returns trigger language plpgsql as
      $$ begin insert into public.seen values (current_setting('tidegate.actor', true)); return null; end $$;
      create trigger see after insert on crm.contacts for each statement execute function public.see()`);
    await store.importText(card('FN:x'));
    await store.pool.query('drop trigger see on crm.contacts');
    expect(await store.rows('select actor from public.seen')).toEqual([{ actor: 'import:test' }]);
  });
});

describe('an entry that cannot go in', () => {
  it('is reported by place, property and reason, and its neighbours go in', async () => {
    const { refused, ...rest } = await store.importText(
      file('BEGIN:VCALENDAR', 'VERSION:2.0') +
        event('UID:1', 'DTSTART:nonsense') +
        event('UID:2', 'DTSTART:20260701T090000Z') +
        component('VJOURNAL', 'UID:3') +
        event('UID:4', 'DTSTART;TZID=Nowhere:20260701T090000') +
        file('BEGIN:VEVENT', 'UID:5', 'END:VCALENDAR') +
        card('FN:\u0000x') +
        card('FN:y'),
    );
    expect(rest).toEqual({ entries: 7, added: 2, updated: 0, present: 0, superseded: 0 });
    expect(refused.map(({ entry, line, component: name, code, property }) => [entry, line, name, code, property])).toEqual([
      [1, 3, 'VEVENT', 'value-invalid', 'DTSTART'],
      [3, 11, 'VJOURNAL', 'entry-unsupported', null],
      [4, 14, 'VEVENT', 'time-zone-unknown', null],
      [5, 18, 'VEVENT', 'import-failed', null],
      [6, 21, 'VCARD', 'value-invalid', null],
    ]);
    expect(refused.every(({ reason }) => reason.endsWith('.') && !/nonsense|Nowhere/.test(reason))).toBe(true);
  });

  it('because a table refuses it is found among many', async () => {
    await store.pool.query(`alter table crm.contacts add constraint no_seven check (family_name <> '7' and family_name <> '40')`);
    const result = await store.importText(Array.from({ length: 50 }, (_card, i) => card(`FN:${i}`)).join(''));
    await store.pool.query('alter table crm.contacts drop constraint no_seven');
    expect(result).toMatchObject({ entries: 50, added: 48 });
    expect(result.refused.map(({ entry, code }) => [entry, code])).toEqual([
      [8, 'constraint-violated'],
      [41, 'constraint-violated'],
    ]);
  });

  it('because the year 0 is no year of the database is told too, with the occurrences that it adds', async () => {
    const result = await store.importText(
      event('UID:1', 'DTSTART;VALUE=DATE:00000101') + event('UID:2', 'DTSTART;VALUE=DATE:20260101', 'RDATE;VALUE=DATE:00000101'),
    );
    expect(result).toMatchObject({ entries: 2, added: 0 });
    expect(result.refused.map(({ entry, code }) => [entry, code])).toEqual([
      [1, 'value-invalid'],
      [2, 'value-invalid'],
    ]);
  });

  it('goes in with what the operator says of zones and character sets', async () => {
    const text = Buffer.from(event('UID:1', 'DTSTART;TZID=Western/Central Europe:20260701T090000', 'SUMMARY:Jörg'), 'latin1');
    expect(await store.importText(text)).toMatchObject({ added: 0 });
    expect(await store.importText(text, { charset: 'windows-1252', zones: new Map([['Western/Central Europe', 'Europe/Zurich']]) })).toMatchObject({
      added: 1,
    });
    expect(await store.rows('select summary, time_zone, starts_at from crm.appointments')).toEqual([
      { summary: 'Jörg', time_zone: 'Europe/Zurich', starts_at: '2026-07-01T09:00:00' },
    ]);
  });
});

describe('a changed export', () => {
  it('updates what it changed; what was changed in the CRM meanwhile stays', async () => {
    await store.importText(card('UID:1', 'FN:Doe', 'EMAIL:a@example.com', 'NOTE:one'));
    await store.pool.query(`update crm.contacts set note = 'by hand', private = true`);
    expect(await store.importText(card('UID:1', 'FN:Doe', 'EMAIL:b@example.com', 'NOTE:one'))).toEqual({ ...counts, entries: 1, updated: 1 });
    expect(await contacts()).toEqual([{ family_name: 'Doe', note: 'by hand', emails: [{ label: '', value: 'b@example.com' }], private: true, version: 3 }]);
    expect(await store.importText(card('UID:1', 'FN:Doe', 'EMAIL:b@example.com', 'NOTE:two'))).toMatchObject({ updated: 1 });
    expect(await contacts()).toMatchObject([{ note: 'two' }]);
  });

  it('clears what it no longer has', async () => {
    await store.importText(card('UID:1', 'FN:Doe', 'NOTE:one'));
    await store.importText(card('UID:1', 'FN:Doe'));
    expect(await contacts()).toMatchObject([{ note: null }]);
  });

  it('never comes back as an older one: neither one seen before nor one that says so itself', async () => {
    const at = (note: string, rev: string) => card('UID:1', 'FN:Doe', `NOTE:${note}`, `REV:${rev}`);
    await store.importText(at('one', '20260101T000000Z'));
    await store.importText(at('two', '20260102T000000Z'));
    expect(await store.importText(at('one', '20260101T000000Z'))).toEqual({ ...counts, entries: 1, present: 1 });
    expect(await store.importText(at('zero', '20251231T000000Z'))).toEqual({ ...counts, entries: 1, superseded: 1 });
    expect(await contacts()).toMatchObject([{ note: 'two' }]);
  });

  it('finds an appointment by its UID that came another way, and never takes its privacy away', async () => {
    await store.pool.query(`insert into crm.appointments (uid, summary, starts_at, private) values ('u', 'page', '2026-07-01 09:00', true)`);
    const [made] = await store.rows('select id from crm.appointments');
    expect(await store.importText(event('UID:u', 'DTSTART:20260701T100000', 'SUMMARY:export'))).toEqual({ ...counts, entries: 1, updated: 1 });
    expect(await store.rows('select id, summary, starts_at, private from crm.appointments')).toEqual([
      { id: made?.['id'], summary: 'export', starts_at: '2026-07-01T10:00:00', private: true },
    ]);
  });

  it('brings back what was deleted in the CRM, under its old key', async () => {
    await store.importText(card('UID:1', 'FN:Doe'));
    const before = await store.rows('select id from crm.contacts');
    await store.clear();
    expect(await store.importText(card('UID:1', 'FN:Doe'))).toMatchObject({ added: 1 });
    expect(await store.rows('select id from crm.contacts')).toEqual(before);
  });
});

describe('what the CRM has no field for', () => {
  it('is kept with the entry, exactly as it stood', async () => {
    const text = file('BEGIN:VCARD', 'VERSION:3.0', 'FN:Jö', ' rg', 'X-SHOE-SIZE;X=1:44', 'garbage', 'PHOTO;ENCODING=b:AA', ' ==', '', 'END:VCARD');
    await store.importText(`\r\n${text}`);
    expect(await store.rows(`select residue -> 'import' ->> 'text' as text, residue -> 'import' ->> 'version' as version from crm.contacts`)).toEqual([
      { text, version: '3.0' },
    ]);
  });

  it('is kept as bytes where it is no UTF-8', async () => {
    const bytes = Buffer.from(component('VCARD', 'FN;CHARSET=ISO-8859-1:Jörg', 'X-RAW:ÿ'), 'latin1');
    expect(await store.importText(bytes)).toMatchObject({ added: 1 });
    const [row] = await store.rows(`select family_name, residue -> 'import' ->> 'base64' as base64 from crm.contacts`);
    expect(row?.['family_name']).toBe('Jörg');
    expect(Buffer.from(String(row?.['base64']), 'base64').equals(bytes)).toBe(true);
  });

  it('has its calendar and the definitions that it needs with it', async () => {
    const zone = component('VTIMEZONE', 'TZID:Ours', 'X-LIC-LOCATION:Europe/Berlin');
    await store.importText(calendar(zone, event('UID:1', 'DTSTART;TZID=Ours:20260701T090000')));
    const [row] = await store.rows(`select residue -> 'import' as kept from crm.appointments`);
    expect(row?.['kept']).toMatchObject({ format: 'icalendar', calendar: ['VERSION:2.0', 'X-WR-CALNAME:mine'], timeZones: { Ours: zone } });
  });

  it('stays beside what other systems left there', async () => {
    await store.importText(card('UID:1', 'FN:Doe'));
    await store.pool.query(`update crm.contacts set residue = residue || '{"other": 1}'`);
    await store.importText(card('UID:1', 'FN:Roe'));
    expect(await store.rows(`select residue -> 'other' as other, jsonb_array_length(residue #> '{import,digests}') as seen from crm.contacts`)).toEqual([
      { other: 1, seen: 2 },
    ]);
  });
});

describe('memory', () => {
  it('holds one entry at a time: a file of many is not read whole before the first is staged', async () => {
    const seen: number[] = [];
    const text = Array.from({ length: 3500 }, (_card, i) => card(`UID:${i}`, `FN:${i}`, `PHOTO:${'A'.repeat(500)}`)).join('');
    expect(await store.importText(text, { onProgress: (entries) => void seen.push(entries) })).toMatchObject({ entries: 3500, added: 3500 });
    expect(seen).toEqual([1000, 2000, 3000, 3500]);
  });

  it('is bounded for a single entry', async () => {
    const { refused } = await store.importText(card(`NOTE:${'x'.repeat(5000)}`) + card('FN:x'), { maxEntryBytes: 2000 });
    expect(refused).toMatchObject([{ entry: 1, code: 'too-large' }]);
    expect(await contacts()).toMatchObject([{ family_name: 'x' }]);
  });
});
