import { type ErrorEntry, entry } from './entry.ts';

/** Why a single record was set aside or refused. */
export const RECORD_ERRORS = {
  'constraint-violated': entry(
    422,
    false,
    'A constraint of the receiving store refuses the record.',
    'Change the record, or the constraint; it is tried again when the record changes.',
    'It happens; its neighbours are stored.',
  ),
  'encoding-unknown': entry(
    422,
    false,
    'The text is not in the encoding that it declares, or in UTF-8 where it declares none.',
    'Export again as UTF-8, or name the encoding (`tidegate import --charset`).',
    'It happens with old exports; the other entries are imported.',
  ),
  'entry-unsupported': entry(
    422,
    false,
    'The CRM has no place for an entry of this kind.',
    'None; the file still has it.',
    'Yes, for journals, free times and groups.',
  ),
  'field-denied': entry(403, false, 'The field may not be written.', 'Check the authority of the field in the configuration.'),
  'field-not-authorised': entry(
    422,
    false,
    'The other side may not change this field.',
    'None; the change stays out, and the CRM sends its own value again.',
    'It happens, where users of the cloud edit a field that belongs to the CRM.',
  ),
  'key-invalid': entry(422, false, 'The key of the record is missing or not of its type.', 'Correct the record at its source.'),
  'match-ambiguous': entry(
    422,
    false,
    'More than one record matches.',
    'Decide which of the records is meant.',
    'It happens, where both stores held records when they were first connected.',
  ),
  'record-not-found': entry(404, false, 'There is no such record.', 'Check the key.', 'Yes, where somebody else deleted it.'),
  'time-zone-unknown': entry(
    422,
    false,
    'A time zone is named that nobody knows, and not defined so that it can be found.',
    'Say which one is meant: `tidegate import --zone NAME=IANA-NAME`.',
    'It happens with exports of programs that name zones of their own.',
  ),
  'unknown-parent': entry(
    422,
    false,
    'The record refers to a parent that the receiving store does not have.',
    'None at first: it is tried again when the parent comes or the record changes. If it lasts, add or correct the parent.',
    'Yes, for a moment, where a child travels before its parent.',
  ),
  'value-invalid': entry(
    422,
    false,
    'A value does not fit the type of its field.',
    'Correct the value at its source.',
    'It happens; its neighbours are stored.',
  ),
  'value-too-long': entry(
    422,
    false,
    'A value is longer than the receiving field.',
    'Shorten the value, or widen the column.',
    'It happens; its neighbours are stored.',
  ),
  'version-conflict': entry(
    412,
    false,
    'The record was changed meanwhile.',
    'Read it again, then repeat the change.',
    'Yes, where two people edit one record.',
  ),
  'already-decided': entry(409, false, 'This was decided before.', 'Look at it again: it no longer waits.', 'Yes, where two people decide at once.'),
} as const satisfies Record<string, ErrorEntry>;
