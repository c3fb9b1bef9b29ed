import { applyEdits } from '../../cloud/service-manager/apply-edits.ts';
import { CONTACTS } from '../cloud/service-manager/service-manager-fixture.ts';
import { fetchToken } from './producer-requests.ts';
import { TestCrm } from './test-crm.ts';
import { type TestProducer, startTestProducer } from './test-producer.ts';

/** A producer with one contact from the CRM, whose note an employee has edited since; its CRM, and a token of that. */
export async function startWithEditedContact(id: string): Promise<{ readonly producer: TestProducer; readonly crm: TestCrm; readonly token: string }> {
  const producer = await startTestProducer();
  const crm = new TestCrm(producer);
  await crm.open();
  await crm.register(CONTACTS);
  await crm.load(CONTACTS, [{ op: 'I', values: [id, 'Ada', null, null, null] }]);
  await applyEdits(producer.employees, { tenant: 'acme', actor: 'eva', edits: [{ collection: 'contacts', key: { id }, set: { note: 'confidential' } }] });
  return { producer, crm, token: await fetchToken(producer) };
}
