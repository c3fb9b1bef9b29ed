import type { CalendarDays } from '../../../adaptor/data/calendar/calendar-entries.ts';
import type { GivenPassword } from '../../../web/sign-in/account.ts';
import type { listActs } from '../../../cloud/employees/acts.ts';
import type { EmployeeAccount } from '../../../cloud/employees/administration.ts';
import type { SignedInEmployee } from '../../../cloud/employees/roles.ts';
import type { EmployeeField } from '../../../cloud/records/describe-place.ts';
import type { EmployeeRecord, listRecords } from '../../../cloud/records/read-records.ts';

interface CurrentEmployee {
  readonly user: Omit<SignedInEmployee, 'id'>;
}
type Field = Pick<EmployeeField, 'type' | 'required' | 'access' | 'references'> & {
  readonly name: string;
  readonly made: boolean;
  readonly values?: readonly string[];
};

/** What the API of the third party's page answers where it does what was asked, by method and path; what has no member here has no body. */
export interface CloudAnswers {
  'get /api/session/ways': { readonly passwords: boolean; readonly openId: { readonly name: string } | null };
  'post /api/session': CurrentEmployee;
  'get /api/session': CurrentEmployee;
  'get /api/collections': {
    readonly rows: readonly {
      readonly name: string;
      readonly key: readonly string[];
      readonly fields: readonly Field[];
      readonly insertable: boolean;
      readonly deletable: boolean;
    }[];
  };
  'get /api/records/{collection}': Awaited<ReturnType<typeof listRecords>>;
  'get /api/records/{collection}/one': EmployeeRecord;
  'post /api/records/{collection}': EmployeeRecord;
  'patch /api/records/{collection}': EmployeeRecord;
  'get /api/records/{collection}/calendar': CalendarDays;
  'get /api/employees': { readonly rows: readonly EmployeeAccount[] };
  'get /api/employees/acts': Awaited<ReturnType<typeof listActs>>;
  'post /api/employees': EmployeeAccount & GivenPassword;
  'patch /api/employees/{id}': EmployeeAccount;
  'post /api/employees/{id}/disable': EmployeeAccount;
  'post /api/employees/{id}/enable': EmployeeAccount;
  'post /api/employees/{id}/sign-out': EmployeeAccount;
  'post /api/employees/{id}/reset-password': EmployeeAccount & GivenPassword;
}
