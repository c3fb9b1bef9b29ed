import { describe, expect, it } from 'vitest';
import { noticeBody, noticeId } from '../../../crm/alarms/alarm-notice.ts';
import { alarm } from '../../../crm/status/alarms.ts';
import { LagHistory } from '../../../crm/status/lag-history.ts';
import { insideOf, namedCollections } from '../../../crm/status/named-collection.ts';
import type { CollectionStanding } from '../../../adaptor/data/control/collection-standing.ts';
import { checkConfig } from '../../../configuration/load-config.ts';
import { contacts, tasks } from '../../../configuration/built-in.ts';
import { nameLinks, linksWith } from '../../../crm/api/context.ts';
import { may, PERMISSIONS } from '../../../crm/users/roles.ts';
import { employeeMay, kindOfRole } from '../../../cloud/employees/roles.ts';

const standing = (collection: string, lagMs: number): CollectionStanding => ({ collection, lagMs }) as CollectionStanding;
const at = (seconds: number): Date => new Date(Date.UTC(2026, 6, 30) + seconds * 1000);

describe('the lag of the last day', () => {
  it('is kept once a minute, however often it is looked at', () => {
    const history = new LagHistory();
    for (const seconds of [0, 15, 59, 60, 61, 119, 120]) history.add(at(seconds), [standing('contacts', seconds)]);
    expect(history.samples.map(({ lagMs }) => lagMs['contacts'])).toEqual([0, 60, 120]);
  });

  it('is that of the link that is furthest behind', () => {
    const history = new LagHistory();
    history.add(at(0), [standing('contacts', 4.6), standing('contacts', 900), standing('tasks', 1), standing('contacts', 20)]);
    expect(history.samples).toEqual([{ at: at(0), lagMs: { contacts: 900, tasks: 1 } }]);
  });

  it('begins a day ago: older samples go', () => {
    const history = new LagHistory();
    for (let minute = 0; minute <= 1440; minute++) history.add(at(minute * 60), []);
    expect([history.samples.length, history.samples[0]?.at]).toEqual([1440, at(60)]);
  });
});

describe('what of a table belongs to a collection', () => {
  it('is all of it, or what its filter and its mark of private say', () => {
    expect(insideOf({})).toBe('true');
    expect(insideOf({ filter: { sql: 'a or b' } as never })).toBe('(a or b\n)');
    expect(insideOf({ filter: { sql: 'a' } as never, private: { sql: 'secret' } as never })).toBe('(a\n) and ((secret\n) is false)');
  });

  it('is not everything because of a comment at the end of what was configured', () => {
    // The bracket stands on a line of its own.
    expect(insideOf({ filter: { sql: 'a -- only these' } as never })).toMatch(/\n\)$/);
  });
});

describe('links', () => {
  const { links } = checkConfig({
    links: [
      { tenant: 'acme', environment: 'test', link: 'hub', collections: [contacts, tasks] },
      { tenant: 'acme', environment: 'test', link: 'mobile', collections: [contacts] },
    ],
  });
  const named = nameLinks(links);
  const names = (collections: readonly string[], only?: string) => linksWith(named, collections, only).map(({ name }) => name);

  it('that are meant are all, or those that have a collection, or the one that is named', () => {
    expect(names([])).toEqual(['acme/test/hub', 'acme/test/mobile']);
    expect(names(['tasks'])).toEqual(['acme/test/hub']);
    expect(names(['contacts', 'tasks'])).toEqual(['acme/test/hub', 'acme/test/mobile']);
    expect(names(['contacts'], 'acme/test/mobile')).toEqual(['acme/test/mobile']);
  });

  it('that are not there, or do not have it, are refused', () => {
    expect(() => names([], 'acme/test/other')).toThrow(expect.objectContaining({ code: 'link-mismatch' }));
    expect(() => names(['tasks'], 'acme/test/mobile')).toThrow(expect.objectContaining({ code: 'collection-unknown', facts: { collection: 'tasks' } }));
    expect(() => names(['contacts', 'unheard-of'])).toThrow(expect.objectContaining({ code: 'collection-unknown' }));
  });

  it('have each collection with its table, key and the names of its columns', () => {
    const all = namedCollections(named);
    expect(all.map(({ link, collection }) => `${link} ${collection}`)).toEqual(['acme/test/hub contacts', 'acme/test/hub tasks', 'acme/test/mobile contacts']);
    expect(all[0]).toMatchObject({ schema: 'crm', table: 'contacts', keyColumns: ['id'] });
    expect(all[0]?.fieldOfColumn).toMatchObject({ family_name: 'familyName', id: 'id' });
  });
});

describe('a notice of an alarm', () => {
  const since = new Date('2026-07-30T00:00:00Z');
  const raised = {
    event: 'raised',
    at: new Date('2026-07-30T01:00:00Z'),
    alarm: alarm('no-proof', 'acme/test/hub', 'contacts', 'forward', since, 900_000),
  } as const;

  it('says what, where and since when', () => {
    expect(JSON.parse(noticeBody(raised))).toEqual({
      type: 'tidegate.alarm.raised',
      timestamp: '2026-07-30T01:00:00.000Z',
      data: {
        alarm: 'no-proof:acme/test/hub:forward:contacts',
        kind: 'no-proof',
        link: 'acme/test/hub',
        collection: 'contacts',
        direction: 'forward',
        since: '2026-07-30T00:00:00.000Z',
        boundMs: 900_000,
        text: 'Nothing of contacts (acme/test/hub, forward) was proved complete since 2026-07-30T00:00:00.000Z.',
      },
    });
  });

  it('has an id by which a receiver knows a repetition, and no other notice has it', () => {
    expect(noticeId(raised)).toBe(noticeId({ ...raised }));
    const others = [
      { ...raised, event: 'cleared' as const },
      { ...raised, at: new Date('2026-07-30T01:00:01Z') },
      { ...raised, alarm: alarm('no-proof', 'acme/test/hub', 'tasks', 'forward', since, 900_000) },
    ];
    expect(new Set([raised, ...others].map(noticeId)).size).toBe(4);
  });

  it('has a sentence for each kind', () => {
    for (const kind of ['no-run', 'no-proof', 'paused-too-long', 'unreadable'] as const) {
      const body = JSON.parse(noticeBody({ ...raised, alarm: alarm(kind, kind === 'unreadable' ? null : 'acme/test/hub', null, null, since, 1) })) as {
        data: { text: string };
      };
      expect(body.data.text).toMatch(/2026-07-30.*\.$/);
      expect(body.data.text).not.toMatch(/null|undefined/);
    }
  });
});

describe('who may do what', () => {
  it('in the CRM: nobody but an integration administrator governs or administers, and auditors change nothing', () => {
    const roles = ['user', 'integration-admin', 'auditor'] as const;
    const table = Object.fromEntries(Object.keys(PERMISSIONS).map((name) => [name, roles.filter((role) => may(role, name as keyof typeof PERMISSIONS))]));
    expect(table).toEqual({
      read: ['user', 'integration-admin', 'auditor'],
      write: ['user', 'integration-admin'],
      synchronise: ['user', 'integration-admin'],
      govern: ['integration-admin'],
      audit: ['integration-admin', 'auditor'],
      'read-users': ['integration-admin', 'auditor'],
      'administer-users': ['integration-admin'],
    });
  });

  it('at the third party: readers change nothing, and only administrators administer', () => {
    const rights = (role: 'administrator' | 'editor' | 'reader') => (['read', 'edit', 'administer'] as const).filter((right) => employeeMay(role, right));
    expect([rights('administrator'), rights('editor'), rights('reader')]).toEqual([['read', 'edit', 'administer'], ['read', 'edit'], ['read']]);
    // Rules of access know two kinds: an administrator is never taken for a reader.
    expect([kindOfRole('administrator'), kindOfRole('editor'), kindOfRole('reader')]).toEqual(['editor', 'editor', 'reader']);
  });
});
