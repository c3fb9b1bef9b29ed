import type { enUndo } from './undo-en.ts';

const records = (count: number): string => `${count.toLocaleString('de')} ${count === 1 ? 'Eintrag' : 'Einträge'}`;

/** Words of the undo of a run in German. */
export const deUndo: typeof enUndo = {
  undo: 'Zurücknehmen',
  undoOf: (when) => `Den Lauf von ${when} zurücknehmen`,
  title: 'Einen Lauf zurücknehmen',
  looking: 'Es wird nachgesehen, was zurückgenommen würde.',
  puts: (back, gone, values) =>
    [
      values > 0 ? `${records(values)} ${values === 1 ? 'bekäme seine' : 'bekämen ihre'} Werte von vorher` : '',
      back > 0 ? `${records(back)} ${back === 1 ? 'käme' : 'kämen'} zurück` : '',
      gone > 0 ? `${records(gone)} ${gone === 1 ? 'verschwände' : 'verschwänden'}` : '',
    ]
      .filter(Boolean)
      .join(', ')
      .concat('.'),
  nothing: 'Es gibt nichts, was sich zurücknehmen ließe.',
  travels: 'Was zurückgenommen ist, wird als Änderung des CRM in die Cloud gesendet.',
  shown: 'Was zurückgenommen würde',
  now: 'Jetzt',
  after: 'Danach',
  comesBack: 'Der Eintrag kommt zurück.',
  goes: 'Der Eintrag verschwindet.',
  refused: (count) => `${records(count)} ${count === 1 ? 'bliebe' : 'blieben'}, wie ${count === 1 ? 'er ist' : 'sie sind'}`,
  why: 'Warum',
  except: 'Die anderen trotzdem zurücknehmen',
  needsExcept: 'Sonst wird gar nichts zurückgenommen.',
  more: 'Weitere Einträge sind hier nicht gezeigt.',
  going: 'Es wird zurückgenommen.',
  done: 'Es ist zurückgenommen.',
  failed: 'Nichts wurde geändert.',
  newRun: 'Den Lauf ansehen, der das tat',
  undone: 'Zurückgenommen',
  undoneBy: 'Zurückgenommen: den Lauf ansehen, der das tat',
};
