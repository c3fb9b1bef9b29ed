import { Accordion, Alert, Button, Group, Stack, Text } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import { TidegateError } from '../../../../exchange/errors.ts';
import { FormFooter } from '../../../../web/page/form-footer.tsx';
import { request } from '../../../../web/page/request.ts';
import { errorText, sayDone, sayError } from '../app/say-error.ts';
import { uselessFields } from '../calendar/appointment-times.ts';
import { useEmployeeMay } from '../session/session.ts';
import { fieldText, texts } from '../texts/texts.ts';
import { type CloudRecord, type Collection, type Field, readOne, type Values } from './collections.ts';
import { DeleteButton } from './delete-button.tsx';
import { changedValues } from './edited.ts';
import { FieldInput } from './field-input.tsx';
import { presentedValue, settledValue, showValue } from './field-kind.ts';
import { formFaults } from './form-faults.ts';
import { formFields, viewOf } from './views.ts';

const NOTHING: Values = {};

/** A record in a form; a new one where `record` is not given. */
export function RecordForm({
  collection,
  record,
  initial = NOTHING,
  onDirty,
  close,
}: {
  readonly collection: Collection;
  readonly record?: CloudRecord;
  /** What a new one begins with. */
  readonly initial?: Values | undefined;
  /** Told whether something was entered that is not saved. */
  readonly onDirty: (isDirty: boolean) => void;
  readonly close: () => void;
}): ReactNode {
  const client = useQueryClient();
  const mayEdit = useEmployeeMay('edit');
  const [base, setBase] = useState(record);
  const [begun] = useState<Values>(record === undefined ? initial : NOTHING);
  const [edited, setEdited] = useState(begun);
  const [faults, setFaults] = useState<Readonly<Record<string, string>>>({});
  const [theirs, setTheirs] = useState<CloudRecord>();
  const { more } = viewOf(collection);
  const fields = formFields(collection);
  const isEdited = ({ name }: Field): boolean => Object.hasOwn(edited, name);
  const keptOf = ({ name }: Field): string | null => base?.values[name] ?? null;
  const valueOf = (field: Field): string | null => (isEdited(field) ? settledValue(field, edited[field.name] ?? null) : keptOf(field));
  const values = Object.fromEntries(fields.map((field) => [field.name, valueOf(field)]));
  const useless = uselessFields(collection, values);
  const shown = fields.filter(({ name }) => !useless.includes(name));
  const isReadOnly = ({ access }: Field): boolean => !mayEdit || access === 'closed' || access === 'rule' || (base !== undefined && access !== 'open');
  // What an appointment has no use for any more goes once it was made one of the other kind.
  const emptied = Object.hasOwn(edited, 'allDay') ? fields.filter((field) => useless.includes(field.name) && !isReadOnly(field)) : [];
  const settled = Object.fromEntries(fields.filter(isEdited).map((field) => [field.name, valueOf(field)]));
  const entered = { ...settled, ...Object.fromEntries(emptied.map(({ name }) => [name, null])) };
  const changes = changedValues(fields, base?.values ?? NOTHING, entered);
  const isDirty = Object.keys(changedValues(fields, base?.values ?? begun, entered)).length > 0;
  useEffect(() => {
    onDirty(isDirty);
    return () => onDirty(false);
  }, [isDirty, onDirty]);
  const leave = (): void => {
    onDirty(false);
    close();
  };

  const showTheirs = async ({ key }: CloudRecord): Promise<void> => {
    try {
      setTheirs(await readOne(collection.name, JSON.stringify(key)));
    } catch (error) {
      sayError(error);
    }
  };
  const save = useMutation({
    mutationFn: async (): Promise<CloudRecord> => {
      const path = `records/${collection.name}`;
      if (base === undefined) return request('POST', path, { values: changes });
      return request('PATCH', path, { key: base.key, version: base.version, set: changes });
    },
    onSuccess: () => {
      sayDone(base === undefined ? texts.record.added : texts.record.saved);
      void client.invalidateQueries({ queryKey: ['records', collection.name] });
      leave();
    },
    onError: (error) => {
      if (!(error instanceof TidegateError)) return;
      const named = error.code === 'value-invalid' ? error.facts['fields'] : undefined;
      if (Array.isArray(named)) setFaults(Object.fromEntries(named.map((name: string) => [name, texts.faults.invalid])));
      if (error.code === 'version-conflict' && base !== undefined) void showTheirs(base);
    },
  });

  const change = (field: Field, value: string | null): void => {
    // A required text that is emptied is said to be needed; any other means that nothing is there.
    setEdited({ ...edited, [field.name]: value === '' ? null : value });
    setFaults(Object.fromEntries(Object.entries(faults).filter(([name]) => name !== field.name)));
  };
  const open = shown.filter((field) => !isReadOnly(field));
  const wrong = formFaults(collection, open, values, base === undefined ? undefined : changes);
  // What is being entered is judged as one types; what nobody has touched yet, once it is to be saved.
  const faultOfField = (field: Field): string | undefined => faults[field.name] ?? (isEdited(field) ? wrong[field.name] : undefined);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setFaults(wrong);
    if (Object.keys(wrong).length === 0) save.mutate();
  };
  const input = (field: Field): ReactNode => (
    <FieldInput
      key={field.name}
      field={field}
      value={isEdited(field) ? (edited[field.name] ?? null) : presentedValue(field, keptOf(field))}
      error={faultOfField(field)}
      readOnly={isReadOnly(field)}
      change={(value) => change(field, value)}
    />
  );
  const isMore = ({ name }: Field): boolean => more.includes(name) && faults[name] === undefined;

  const formRef = useRef<HTMLFormElement>(null);
  useHotkeys([['mod+s', () => mayEdit && theirs === undefined && formRef.current?.requestSubmit()]], []);

  return (
    <form ref={formRef} noValidate onSubmit={submit}>
      <Stack>
        {!mayEdit && <Text c="dimmed">{texts.record.readOnly}</Text>}
        {theirs !== undefined && base !== undefined && (
          <Changed
            fields={fields.filter(({ name }) => (theirs.values[name] ?? null) !== (base.values[name] ?? null))}
            record={theirs}
            take={(keep) => {
              setBase(theirs);
              setTheirs(undefined);
              if (!keep) setEdited(NOTHING);
              save.reset();
            }}
          />
        )}
        {save.isError && theirs === undefined && (
          <Alert color="red" role="alert">
            {errorText(save.error)}
          </Alert>
        )}
        {shown.filter((field) => !isMore(field)).map(input)}
        {shown.some(isMore) && (
          <Accordion variant="contained">
            <Accordion.Item value="more">
              <Accordion.Control>{texts.record.advanced}</Accordion.Control>
              <Accordion.Panel>
                <Stack>{shown.filter(isMore).map(input)}</Stack>
              </Accordion.Panel>
            </Accordion.Item>
          </Accordion>
        )}
        <FormFooter
          remove={mayEdit && base !== undefined && collection.deletable && <DeleteButton collection={collection} record={base} done={leave} />}
          close={close}
          closeText={mayEdit ? texts.common.cancel : texts.common.close}
          saveText={mayEdit ? texts.common.save : undefined}
          isSaving={save.isPending}
          mayNotSave={theirs !== undefined}
        />
      </Stack>
    </form>
  );
}

/** What somebody else made of the record meanwhile, and what to do about it. */
function Changed({
  fields,
  record,
  take,
}: {
  readonly fields: readonly Field[];
  readonly record: CloudRecord;
  readonly take: (keepMine: boolean) => void;
}): ReactNode {
  return (
    <Alert
      color="yellow"
      variant="outline"
      role="alert"
      title={
        <Text span inherit c="var(--mantine-color-text)">
          {texts.record.changedMeanwhile}
        </Text>
      }
    >
      <Stack gap="xs">
        {fields.map((field) => (
          <Text key={field.name} size="sm" className="breakable">
            {texts.record.theirs(fieldText(field.name), showValue(field, record.values[field.name] ?? null))}
          </Text>
        ))}
        <Group gap="xs">
          <Button size="xs" variant="default" onClick={() => take(false)}>
            {texts.record.takeTheirs}
          </Button>
          <Button size="xs" variant="default" onClick={() => take(true)}>
            {texts.record.keepMine}
          </Button>
        </Group>
      </Stack>
    </Alert>
  );
}
