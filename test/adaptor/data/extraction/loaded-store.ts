import { readChannels } from '../../../../adaptor/data/state/channel.ts';
import type { CollectionPlan } from '../../../../adaptor/data/plan.ts';
import { type AppStore, type SourceInput, attachCollection, createAppStore } from '../../../support/captured-table.ts';
import { Sender } from '../../../support/window-reading.ts';

/** A CRM's store whose collections are loaded, for tests of the windows that follow. */
export interface LoadedStore extends AsyncDisposable {
  readonly store: AppStore<'crm'>;
  /** As the store's superuser. */
  sql(text: string): Promise<unknown>;
  /** A loaded collection whose first delta is receipted. */
  openCollection(ddl: string, input: SourceInput): Promise<{ readonly sender: Sender; readonly plan: CollectionPlan }>;
  /** One of people, `id`, `name` and `age`, in a table of its own that has a column `open` as well. */
  people(table: string, extra?: Partial<SourceInput>): ReturnType<LoadedStore['openCollection']>;
  /** The forward channel of a collection. */
  channelOf(plan: CollectionPlan): Promise<Awaited<ReturnType<typeof readChannels>>[number] | undefined>;
}

/** Makes it. */
export async function createLoadedStore(): Promise<LoadedStore> {
  const store = await createAppStore('crm');
  const openCollection: LoadedStore['openCollection'] = async (ddl, input) => {
    const plan = await attachCollection(store, ddl, input);
    const sender = await Sender.claim(store.admin, plan);
    await sender.load();
    await sender.send();
    return { sender: await Sender.claim(store.admin, plan), plan };
  };
  return {
    store,
    sql: (text) => store.admin.query(text),
    openCollection,
    people: (table, extra = {}) =>
      openCollection(`CREATE TABLE app.${table} (id int PRIMARY KEY, name text, age int, open boolean DEFAULT true)`, {
        table,
        fields: ['id', 'name', 'age'],
        ...extra,
      }),
    channelOf: async (plan) =>
      (await readChannels(store.admin, plan.linkName)).find(({ collection, direction }) => collection === plan.definition.name && direction === 'forward'),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}
