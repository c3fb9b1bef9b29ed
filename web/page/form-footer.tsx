import { Button, Group } from '@mantine/core';
import type { ReactNode } from 'react';

/** The end of a record's form: away with it, or keep it. */
export function FormFooter({
  remove,
  close,
  closeText,
  saveText,
  isSaving,
  mayNotSave = false,
}: {
  /** What deletes it; nothing where it is new, or must stay. */
  readonly remove: ReactNode;
  readonly close: () => void;
  readonly closeText: string;
  /** Undefined: there is nothing to save for who may only read. */
  readonly saveText: string | undefined;
  readonly isSaving: boolean;
  /** Something else has to be decided first. */
  readonly mayNotSave?: boolean;
}): ReactNode {
  return (
    <Group gap="xs" className="form-footer">
      {remove}
      <Group gap="xs" ml="auto">
        <Button variant="default" onClick={close}>
          {closeText}
        </Button>
        {saveText !== undefined && (
          <Button type="submit" loading={isSaving} disabled={mayNotSave}>
            {saveText}
          </Button>
        )}
      </Group>
    </Group>
  );
}
