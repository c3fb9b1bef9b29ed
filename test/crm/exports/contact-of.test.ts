import { describe, expect, it } from 'vitest';
import { contactOf } from '../../../crm/exports/contact-of.ts';
import { mapFile, mapLines } from './mapped.ts';

const card = (...lines: string[]) => mapLines(contactOf, 'VCARD', ...lines);
const values = async (...lines: string[]) => (await card(...lines)).values;

describe('a contact from a vCard', () => {
  it('of an old Outlook: bare types, quoted-printable, addresses in parts', async () => {
    const record = await card(
      'VERSION:2.1',
      'N;LANGUAGE=en-us:Doe;John;Richter,James;Mr.;Sr.',
      'FN:Mr. John Richter James Doe Sr.',
      'ORG:Company, The;Accounting',
      'TITLE:Money Counter',
      'NOTE;ENCODING=QUOTED-PRINTABLE:First=0D=0A=',
      'second, line=0D=0A',
      'TEL;WORK;VOICE:(905) 555-1234',
      'TEL;HOME:(905) 666-1234',
      'TEL;CELL;VOICE:1',
      'TEL;WORK;FAX:2',
      'ADR;WORK;PREF:;The Office;123 Main St;Austin;TX;12345;United States of America',
      'LABEL;WORK;PREF;ENCODING=QUOTED-PRINTABLE:123 Main St=0D=0AAustin',
      'EMAIL;PREF;INTERNET:john@example.com',
      'BDAY:19800322',
      'REV:20120305T131933Z',
    );
    expect(record).toMatchObject({ kind: 'contact', uid: null, version: '2.1', modified: '2012-03-05T13:19:33Z' });
    expect(record.values).toEqual({
      family_name: 'Doe',
      given_name: 'John',
      company: 'Company, The',
      job_title: 'Money Counter',
      emails: [{ label: '', value: 'john@example.com' }],
      phones: [
        { label: 'work', value: '(905) 555-1234' },
        { label: 'home', value: '(905) 666-1234' },
        { label: 'mobile', value: '1' },
        { label: 'work fax', value: '2' },
      ],
      addresses: [{ label: 'work', value: 'The Office\n123 Main St\nAustin\nTX\n12345\nUnited States of America' }],
      birthday: '1980-03-22',
      note: 'First\nsecond, line\n',
      private: false,
    });
  });

  it('of a telephone: groups with labels of their own, commas that nobody escaped', async () => {
    expect(
      await values(
        'VERSION:3.0',
        'UID:x',
        'N:Doe;John;;;',
        'item1.TEL:1',
        'item1.X-ABLabel:_$!<AssistantPhone>!$_',
        'ITEM2.TEL;TYPE=VOICE:2',
        'item2.X-ABLabel:Boat',
        'item3.ADR;type=HOME;type=pref:;;Silicon Alley 5,;New York;New York;12345;USA',
        String.raw`item4.ADR;type=WORK:;;Street4\nBuilding 6;New York;;12345;USA`,
        String.raw`NOTE:"quoted"\; and more\, even`,
      ),
    ).toMatchObject({
      phones: [
        { label: 'AssistantPhone', value: '1' },
        { label: 'Boat', value: '2' },
      ],
      addresses: [
        { label: 'home', value: 'Silicon Alley 5,\nNew York\nNew York\n12345\nUSA' },
        { label: 'work', value: 'Street4\nBuilding 6\nNew York\n12345\nUSA' },
      ],
      note: '"quoted"; and more, even',
    });
  });

  it('of version 4.0: telephone numbers as URIs, types in quotes, lists of names', async () => {
    const record = await card(
      'VERSION:4.0',
      'UID:urn:uuid:4fbe8971-0bc3-424c-9c26-36c3e1eff6b1',
      'FN:x',
      'N:Perreault,Smith;Simon,Peter;;;ing. jr,M.Sc.',
      'BDAY:--0203',
      'TEL;VALUE=uri;TYPE="work,cell,voice,video,text":tel:+1-418-656-9254;ext=102',
      'EMAIL;TYPE=customtype:a@example.com',
      'NOTE:one',
      'NOTE:two',
    );
    expect(record.uid).toBe('urn:uuid:4fbe8971-0bc3-424c-9c26-36c3e1eff6b1');
    expect(record.values).toMatchObject({
      family_name: 'Perreault Smith',
      given_name: 'Simon Peter',
      birthday: null,
      phones: [{ label: 'work mobile', value: '+1-418-656-9254;ext=102' }],
      emails: [{ label: 'customtype', value: 'a@example.com' }],
      note: 'one\n\ntwo',
    });
  });

  it('has its formatted name where it has no parts, and no name where it is a company', async () => {
    const names = async (...lines: string[]) => {
      const { family_name, given_name, company } = await values(...lines);
      return [family_name, given_name, company];
    };
    expect(await names('FN:Frank Dawson', 'ORG:Lotus')).toEqual(['Frank Dawson', null, 'Lotus']);
    expect(await names('FN:Frank Dawson', 'N:;;;;')).toEqual(['Frank Dawson', null, null]);
    expect(await names('FN:Lotus', 'ORG:Lotus')).toEqual([null, null, 'Lotus']);
    expect(await names('VERSION:4.0', 'KIND:org', 'FN:Lotus')).toEqual([null, null, 'Lotus']);
    expect(await names('N:;Frank', 'FN:Frank')).toEqual([null, 'Frank', null]);
  });

  it.each([
    ['BDAY:1980-03-21', '1980-03-21'],
    ['BDAY:1980-03-21T00:00:00Z', '1980-03-21'],
    ['BDAY;VALUE=date:19800321', '1980-03-21'],
    ['BDAY:1980-02-31', null],
    ['BDAY;X-APPLE-OMIT-YEAR=1604:1604-03-21', null],
    ['BDAY;VALUE=text:in spring', null],
    ['BDAY:', null],
  ])('birthday: %s', async (line, birthday) => {
    expect((await values('VERSION:3.0', 'FN:x', line))['birthday']).toBe(birthday);
  });

  it.each([
    ['CLASS:PRIVATE', true],
    ['CLASS:confidential', true],
    ['CLASS:X-UNHEARD-OF', true],
    ['CLASS:Public', false],
    ['X-OTHER:PRIVATE', false],
  ])('is private or not: %s', async (line, isPrivate) => {
    expect((await values('VERSION:3.0', 'FN:x', line))['private']).toBe(isPrivate);
  });

  it('survives lines that are none', async () => {
    expect(await values('VERSION:3.0', 'garbage', '=C3=91', 'FN:x', ';;;', ':', 'EMAIL')).toMatchObject({ family_name: 'x', emails: [] });
  });

  it('is refused where it is a group, or where nothing is in it', async () => {
    await expect(card('VERSION:4.0', 'KIND:group', 'FN:x')).rejects.toMatchObject({ code: 'entry-unsupported' });
    await expect(card('VERSION:3.0', 'X-ADDRESSBOOKSERVER-KIND:group', 'FN:x')).rejects.toMatchObject({ code: 'entry-unsupported' });
    await expect(card('VERSION:3.0', 'N:;;;;', 'FN:', 'PHOTO:x')).rejects.toMatchObject({ code: 'value-invalid' });
  });

  it('is read with the character set that is named for the file', async () => {
    const latin = Buffer.from('BEGIN:VCARD\nVERSION:3.0\nFN:Jörg\nEND:VCARD\n', 'latin1');
    expect((await mapFile(contactOf, latin, 'windows-1252')).values).toMatchObject({ family_name: 'Jörg' });
    await expect(mapFile(contactOf, latin)).rejects.toMatchObject({ code: 'encoding-unknown' });
  });
});
