import { useQuery } from '@tanstack/react-query';
import type { RecordRights } from '../../../records/record-store.ts';
import type { KindName } from '../../../records/record-stores.ts';
import { KEYS } from '../api/query-client.ts';
import { request } from '../api/request.ts';
import { texts } from '../texts/texts.ts';
import type { RecordFormOf } from './record-view.ts';

/** What rules of access leave to the user, of one kind of record; undefined until it is known. The API refuses the rest. */
export function useRecordRights(kind: KindName): RecordRights | undefined {
  return useQuery({ queryKey: [KEYS.options, 'rights', kind], queryFn: () => request<RecordRights>('GET', `record-rights/${kind}`), staleTime: 60_000 }).data;
}

/** A form whose inputs of hidden fields, and of those that a writing user only reads, take nothing, and say why. */
export function ruledForm<Fields>(form: RecordFormOf<Fields>, rights: RecordRights | undefined, mayWrite: boolean): RecordFormOf<Fields> {
  const getInputProps: typeof form.getInputProps = (path, options) => {
    const [field = ''] = path.split('.');
    const props = form.getInputProps(path, options);
    if (rights?.hidden.includes(field) === true) return { ...props, disabled: true, description: texts.record.hidden };
    return mayWrite && rights?.readOnly.includes(field) === true ? { ...props, disabled: true, description: texts.record.ruled } : props;
  };
  return { ...form, getInputProps };
}
