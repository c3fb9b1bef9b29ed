import { isGrpcServiceError } from '@temporalio/client';
import { TidegateError } from '../../../exchange/errors.ts';
import { CLI_TYPES, INDEXED_VALUE_TYPES, SEARCH_ATTRIBUTES } from '../../../scheduler/search-attributes.ts';
import { type Check, fault, ok } from '../finding.ts';
import type { Parts } from '../parts.ts';

/** gRPC's NOT_FOUND. */
const NOT_FOUND = 5;

/** The Temporal server is reached, has the namespace, and knows the search attributes that runs are found by. */
export const temporal: Check<Parts> = {
  name: 'temporal',
  run: async (parts) => {
    const [address, namespace] = [parts.setting('TIDEGATE_TEMPORAL_ADDRESS'), parts.setting('TIDEGATE_TEMPORAL_NAMESPACE')];
    try {
      const { client } = await parts.temporal();
      await client.workflowService.describeNamespace({ namespace });
      const { customAttributes } = await client.connection.operatorService.listSearchAttributes({ namespace });
      const wrong = Object.values(SEARCH_ATTRIBUTES).filter(({ name, type }) => customAttributes?.[name] !== INDEXED_VALUE_TYPES[type]);
      return [
        ok(address, `namespace ${namespace}`),
        ...wrong.map(({ name, type }) =>
          fault(name, `the search attribute is ${customAttributes?.[name] === undefined ? 'missing' : 'of another type'}`, addAttribute(namespace, name, type)),
        ),
      ];
    } catch (error) {
      if (error instanceof TidegateError && error.code === 'temporal-unavailable')
        return [
          fault(address, 'the Temporal server does not answer', 'Start it, or correct TIDEGATE_TEMPORAL_ADDRESS; check the network between here and there.'),
        ];
      if (isGrpcServiceError(error) && Number(error.code) === NOT_FOUND)
        return [fault(namespace, 'the namespace is not there', `Make it: temporal operator namespace create --namespace ${namespace}`)];
      throw error;
    }
  },
};

function addAttribute(namespace: string, name: string, type: keyof typeof INDEXED_VALUE_TYPES): string {
  return `Add it: temporal operator search-attribute create --namespace ${namespace} --name ${name} --type ${CLI_TYPES[type]}`;
}
