const records = (count: number): string => `${count.toLocaleString('en')} ${count === 1 ? 'record' : 'records'}`;

/** Words of the undo of a run in English. Other languages have the same shape. */
export const enUndo = {
  undo: 'Undo',
  undoOf: (when: string) => `Undo the run of ${when}`,
  title: 'Undo a run',
  looking: 'Looking at what would be put back.',
  /** Of records: how many come back, go, get their values from before. */
  puts: (back: number, gone: number, values: number) =>
    [
      values > 0 ? `${records(values)} would get ${values === 1 ? 'its' : 'their'} values from before` : '',
      back > 0 ? `${records(back)} would come back` : '',
      gone > 0 ? `${records(gone)} would go` : '',
    ]
      .filter(Boolean)
      .join(', ')
      .concat('.'),
  nothing: 'There is nothing that could be put back.',
  travels: 'What is put back is sent to the cloud as a change of the CRM.',
  shown: 'What would be put back',
  now: 'Now',
  after: 'Then',
  comesBack: 'The record comes back.',
  goes: 'The record goes.',
  refused: (count: number) => `${records(count)} would be left alone`,
  why: 'Why',
  except: 'Undo the others all the same',
  needsExcept: 'Without this nothing is undone at all.',
  more: 'Further records are not shown here.',
  going: 'It is being put back.',
  done: 'It was put back.',
  failed: 'Nothing was changed.',
  newRun: 'See the run that did it',
  undone: 'Undone',
  undoneBy: 'Undone: see the run that did it',
};
