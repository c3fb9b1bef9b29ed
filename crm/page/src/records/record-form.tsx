import { Alert, Button, Fieldset, Stack, Text } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useHotkeys } from '@mantine/hooks';
import { useMutation } from '@tanstack/react-query';
import { IconArrowsSplit } from '@tabler/icons-react';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { TidegateError } from '../../../../exchange/errors.ts';
import { FormFooter } from '../../../../web/page/form-footer.tsx';
import { letGo, readAgain, takeBack } from '../api/going-records.ts';
import { KEYS } from '../api/query-client.ts';
import { queryString, request } from '../api/request.ts';
import { errorText, sayDone } from '../app/say-error.ts';
import { useMay } from '../session/session.ts';
import { texts } from '../texts/texts.ts';
import { ConflictPanel } from './conflict-panel.tsx';
import { DeleteButton } from './delete-button.tsx';
import { isSame, readInputs, toInputs } from './entered.ts';
import { ruledForm, useRecordRights } from './record-rights.ts';
import type { InputsOf, RecordFormOf, RecordView, Stored } from './record-view.ts';
import { wholeRow } from './whole-row.ts';

/** Changes that met a newer version of their record. */
interface Clash<Fields, Row> {
  readonly changes: Partial<Fields>;
  readonly theirs: Row;
}

/** What is read anew once a record was changed. */
const CHANGED = [KEYS.records, KEYS.states, KEYS.choices, KEYS.history];

/** The form of a record: only what was changed is sent, and only onto the version that was read. */
export function RecordForm<Fields extends object, Row extends Fields & Stored>({
  view,
  record,
  initial,
  onDirty,
  stays = false,
  close,
}: {
  readonly view: RecordView<Fields, Row>;
  /** Null: a new one. */
  readonly record: Row | null;
  /** What a new one begins with. */
  readonly initial?: Partial<Fields> | undefined;
  /** Told whether something was entered that is not saved. */
  readonly onDirty?: (isDirty: boolean) => void;
  /** Whether what was saved goes on being shown here. */
  readonly stays?: boolean;
  readonly close: () => void;
}): ReactNode {
  const { kind, Inputs } = view;
  // What the user saw when opening it; later versions that arrive meanwhile don't move under the user's hands.
  const [base, setBase] = useState(record);
  const [clash, setClash] = useState<Clash<Fields, Row> | null>(null);
  const mayWrite = useMay('write');
  const rights = useRecordRights(kind);
  const form = useForm<InputsOf<Fields>>({
    initialValues: toInputs(view, base ?? { ...view.empty, ...initial }),
    validateInputOnChange: true,
    validate: (inputs) => ({ ...readInputs(view, base, inputs).errors }),
  });

  const isDirty = !isSame(form.values, toInputs(view, base ?? { ...view.empty, ...initial }));
  useEffect(() => {
    onDirty?.(isDirty);
    return () => onDirty?.(false);
  }, [isDirty, onDirty]);
  const isOutdated = base !== null && record !== null && record.version > base.version;
  const takeTheirs = (theirs: Row): void => {
    setBase(theirs);
    form.setInitialValues(toInputs(view, theirs));
    form.reset();
    setClash(null);
  };
  // Who has not entered anything sees what stands there now.
  useEffect(() => {
    // oxlint-disable-next-line react/set-state-in-effect -- the form's values are its own, and follow the store from outside
    if (isOutdated && !isDirty) takeTheirs(record);
  });
  const formRef = useRef<HTMLFormElement>(null);
  useHotkeys([['mod+s', () => formRef.current?.requestSubmit()]], []);

  const finish = (message: string): void => {
    sayDone(message);
    onDirty?.(false);
    close();
    readAgain(CHANGED);
  };

  const save = useMutation({
    mutationFn: async ({ changes, onto }: { changes: Partial<Fields>; onto: Row | null }) => {
      if (onto === null) return request<Row>('POST', kind, changes);
      if (Object.keys(changes).length === 0) return undefined;
      return request<Row>('PATCH', `${kind}/${onto.id}`, { version: onto.version, changes });
    },
    onSuccess: (saved, { changes, onto }) => {
      const message = Object.keys(changes).length === 0 ? texts.record.unchanged : texts.record.changed;
      if (!stays || onto === null) return finish(message);
      sayDone(message);
      takeTheirs(saved === undefined ? onto : wholeRow(kind, saved));
      readAgain(CHANGED);
    },
    onError: async (error, { changes, onto }) => {
      if (onto === null || !(error instanceof TidegateError) || error.code !== 'version-conflict') return;
      const theirs = wholeRow(kind, await request<Row>('GET', `${kind}/${onto.id}`));
      setClash({ changes, theirs });
      save.reset();
    },
  });

  const remove = useMutation({
    mutationFn: async (row: Row) => {
      await letGo(row.id);
      await request('DELETE', `${kind}/${row.id}${queryString({ version: row.version })}`);
    },
    onSuccess: () => finish(texts.record.deleted),
    onError: (_error, row) => {
      takeBack(row.id);
      readAgain([KEYS.records]);
    },
  });
  const id = record?.id;
  useEffect(() => () => takeBack(id ?? ''), [id]);

  if (clash !== null && base !== null) {
    return (
      <ConflictPanel
        view={view}
        before={base}
        changes={clash.changes}
        theirs={clash.theirs}
        saving={save.isPending}
        apply={(changes) => save.mutate({ changes, onto: clash.theirs })}
        discard={() => takeTheirs(clash.theirs)}
      />
    );
  }

  const error = save.error ?? remove.error;
  return (
    <form
      ref={formRef}
      noValidate
      onSubmit={form.onSubmit(
        (inputs) => {
          const { changes } = readInputs(view, base, inputs);
          if (changes !== undefined) save.mutate({ changes, onto: base });
        },
        (errors) => form.getInputNode(Object.keys(errors)[0] ?? '')?.focus(),
      )}
    >
      <Stack>
        {!mayWrite && <Text c="dimmed">{texts.record.readOnly}</Text>}
        {isOutdated && isDirty && (
          <Alert color="grape" icon={<IconArrowsSplit />} title={texts.conflict.meanwhile} role="status">
            <Button
              size="xs"
              variant="default"
              onClick={() => {
                const { changes } = readInputs(view, base, form.values);
                if (changes === undefined) form.validate();
                else setClash({ changes, theirs: record });
              }}
            >
              {texts.conflict.compare}
            </Button>
          </Alert>
        )}
        {error !== null && (
          <Alert color="red" title={texts.errors.title} role="alert">
            {errorText(error)}
          </Alert>
        )}
        <Fieldset variant="unstyled" disabled={!mayWrite} className={mayWrite ? '' : 'read-only'}>
          <Stack gap="sm">
            <Inputs form={ruledForm(form as unknown as RecordFormOf<Fields>, rights, mayWrite)} record={base} />
          </Stack>
        </Fieldset>
        {mayWrite && (
          <FormFooter
            remove={
              base !== null &&
              rights?.deletable !== false && <DeleteButton name={view.nameOf(base)} deleting={remove.isPending} onDelete={() => remove.mutate(base)} />
            }
            close={close}
            closeText={texts.common.cancel}
            saveText={texts.common.save}
            isSaving={save.isPending}
          />
        )}
      </Stack>
    </form>
  );
}
