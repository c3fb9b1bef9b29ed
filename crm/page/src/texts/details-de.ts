import type { LedgerFaultName } from '../../../../exchange/ledger.ts';
import type { FaultDetailName } from '../../../../exchange/fault-details.ts';

/* Was mehr zu sagen ist, warum etwas nicht geschah, auf Deutsch. */

const TYPES: Readonly<Record<string, string>> = {
  bigint: 'eine ganze Zahl',
  boolean: 'ja oder nein',
  date: 'ein Datum',
  integer: 'eine ganze Zahl',
  jsonb: 'eine Liste',
  numeric: 'eine Zahl',
  smallint: 'eine ganze Zahl',
  time: 'eine Uhrzeit',
  timestamp: 'ein Datum mit Uhrzeit',
  timestamptz: 'ein Datum mit Uhrzeit',
  uuid: 'die Nummer eines Eintrags',
};

/** Of a record set aside, in German. */
export const deDetails: Readonly<Record<FaultDetailName, (parameter: string) => string>> = {
  'value-needed': () => 'Ein Wert wird gebraucht.',
  'longer-than': (type) => {
    const [length] = /\d+/.exec(type) ?? [];
    return length === undefined ? 'Er ist zu lang.' : `Platz ist für ${length} Zeichen.`;
  },
  'too-long': () => 'Er ist länger, als Platz ist.',
  'not-of-type': (type) => `Erwartet: ${TYPES[type] ?? TYPES[type.replace(/[\s(].*/, '')] ?? type}.`,
  'does-not-fit': (state) => `Er ist von anderer Art als das Feld (SQLSTATE ${state}).`,
  'not-listed': () => 'Er gehört nicht zu den Werten, die gewählt werden können.',
  'key-not-of-type': () => 'Sie fehlt oder ist von anderer Art.',
  'parent-missing': () => 'Er kommt von selbst herein, sobald jener Eintrag da ist.',
  'referred-to': (table) => `Einträge von ${table} beziehen sich darauf.`,
  constraint: (name) => `Die Regel heißt ${name}.`,
  rule: (state) => `Es ist eine Regel der Tabelle selbst (SQLSTATE ${state}).`,
  'several-agree': () => 'Mehrere Einträge haben dieselben Werte in diesen Feldern.',
  'operation-not-ordered': () => 'Das Hereinholen hatte diese Art Änderung nicht verlangt.',
  'field-not-ordered': () => 'Das Hereinholen hatte dieses Feld nicht verlangt, oder die Cloud darf es nicht ändern.',
  'not-sealed': () => 'Es ist kein versiegelter Wert.',
  'sealed-older': () => 'Er ist älter als der, den die Cloud hatte.',
  'sealed-by-other': () => 'Er ist mit einem Schlüssel versiegelt, der hier nicht bekannt ist.',
  'sealed-altered': () => 'Er wurde verändert oder gehört zu einem anderen Eintrag oder Feld.',
};

/** Of a ledger that is not what was written, in German. */
export const deLedgerFaults: Readonly<Record<LedgerFaultName, string>> = {
  'batch-missing': 'Eine Lieferung der Kette wurde gelöscht.',
  'batch-altered': 'Eine Lieferung ist nicht, was versiegelt wurde.',
  'order-broken': 'Eine Lieferung folgt nicht auf die vorige: Sie wurden umgestellt, oder eine wurde eingeschoben.',
  'batch-unsealed': 'Eine Lieferung steht außerhalb der Kette.',
  'entry-missing': 'Eine Eintragung einer Lieferung wurde gelöscht.',
  'entry-added': 'Einer versiegelten Lieferung wurde eine Eintragung hinzugefügt.',
  'entry-altered': 'Eine Eintragung einer Lieferung wurde verändert, oder Eintragungen wurden umgestellt.',
  'entry-unchained': 'Eine Eintragung gehört zu keiner versiegelten Lieferung.',
  'order-missing': 'Eintragungen nennen weder ein Hereinholen noch eine Entscheidung, die angenommen wurde: Jemand schrieb am Abgleich vorbei.',
  'value-altered': 'Die Werte einer Eintragung sind nicht die, die festgehalten wurden.',
  'value-missing': 'Die Werte einer Eintragung sind fort, und nichts sagt, wer sie vernichtet hat.',
  'window-altered': 'Was von einer Übertragung festgehalten wurde, ihre Zahlen oder ihre Quittung, ist nicht, was versiegelt wurde.',
  'window-unchained': 'Eine abgeschlossene Übertragung steht nicht in der Kette.',
  'act-altered': 'Ein Ereignis des Protokolls ist nicht, was versiegelt wurde.',
  'act-unchained': 'Ein Ereignis des Protokolls steht nicht in der Kette.',
  'key-altered': 'Ein eingetragener Schlüssel oder ein Zertifikat ist nicht, was versiegelt wurde.',
  'archive-altered': 'Ein Archiv ist nicht das, das entnommen wurde, oder passt nicht zur Kette.',
  'tail-cut': 'Die Kette endet vor einem Stand, der unterschrieben wurde.',
  forked: 'Die Kette kam zu einem anderen Stand als dem unterschriebenen.',
  'head-invalid': 'Ein unterschriebener Stand gilt nicht: seine Unterschrift, sein Schlüssel oder sein Speicher.',
};
