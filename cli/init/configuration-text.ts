import type { ProposedCollection, ProposedField } from './propose-collection.ts';
import type { Proposal } from './propose.ts';

/**
 * A proposal as the text of `tidegate.config.ts`: what was found out stands beside it as comments. Its only import is of a
 * type, so that the file loads wherever it lies.
 */
export function configurationText({ link, collections, leftOut }: Proposal, database: string): string {
  return [
    "import type { ConfigInput } from 'tidegate/config';",
    '',
    '/*',
    ` * Written by tidegate init from the database ${comment(database).replaceAll('*/', '* /')}. It is yours from here on: take out what shall not leave the company.`,
    ' * A field is changed by either side unless it says authority: crm (cloud changes stay out) or cloud (CRM changes stay in).',
    ' */',
    'export default {',
    '  links: [',
    '    {',
    `      tenant: ${quoted(link.tenant)},`,
    `      environment: ${quoted(link.environment)},`,
    `      link: ${quoted(link.link)},`,
    '      collections: [',
    ...collections.flatMap(collectionLines),
    '      ],',
    ...(leftOut.length === 0 ? [] : ['      // Not synchronised:', ...leftOut.map(({ table, reason }) => `      //   ${comment(table)}: ${comment(reason)}`)]),
    '    },',
    '  ],',
    '} satisfies ConfigInput;',
    '',
  ].join('\n');
}

function collectionLines({ name, schema, table, key, fields, leftOut, references, linked, notes }: ProposedCollection): readonly string[] {
  return [
    '        {',
    ...notes.map((note) => `          // ${comment(note)}`),
    `          name: ${quoted(name)},`,
    `          table: ${quoted(`${schema}.${table}`)},`,
    `          key: ${list(key)},`,
    '          fields: {',
    ...fields.map(fieldLine),
    ...leftOut.map(({ column, reason }) => `            // "${comment(column)}" stays in the CRM: ${comment(reason)}`),
    '          },',
    ...(references.length === 0
      ? []
      : [`          references: [${references.map((r) => `{ fields: ${list(r.fields)}, collection: ${quoted(r.collection)} }`).join(', ')}],`]),
    ...(linked ? ["          identity: { kind: 'linked', match: [] },"] : []),
    '        },',
  ];
}

function fieldLine({ field, column, authority, note }: ProposedField): string {
  const value = authority === undefined ? quoted(column) : `{ column: ${quoted(column)}, authority: ${quoted(authority)} }`;
  return `            ${field}: ${value},${note === undefined ? '' : ` // ${comment(note)}`}`;
}

const list = (names: readonly string[]): string => `[${names.map(quoted).join(', ')}]`;

/** A name as a literal, whatever it holds. */
const quoted = (text: string): string =>
  /^[^'\\\p{C}\u2028\u2029]*$/u.test(text) ? `'${text}'` : JSON.stringify(text).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');

/** Text for the rest of a line: names may hold line breaks. */
const comment = (text: string): string => text.replaceAll(/[\p{C}\u2028\u2029]+/gu, ' ');
