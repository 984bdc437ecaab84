/** Programs that a policy asks: without an address, they find what waits for them by asking. */
import { entitlement, type Graph } from '../../../cli/client/graph.ts';
import type { JsonRecord } from '../../../src/kernel/json.ts';
import { newId } from '../../../src/platform/ids.ts';
import { callsOf } from '../wire.ts';
import type { PolicyPlan } from '../world.ts';

const type = '#microsoft.graph.accessPackageAssignmentRequestWorkflowExtension';

/** What the policy's body says of them; they are made in the catalog first. */
export async function programsOf(graph: Graph, catalog: () => Promise<string>, plan: PolicyPlan): Promise<JsonRecord> {
  const settings: JsonRecord[] = [];
  for (const { stage, waitsFor } of callsOf(plan)) {
    const callbackConfiguration = stage === 'assignmentRequestCreated'
      ? { '@odata.type': '#microsoft.graph.customExtensionCallbackConfiguration', durationBeforeTimeout: waitsFor }
      : { '@odata.type': '#microsoft.graph.accessPackageRequestApprovalStageCallbackConfiguration', timeoutDuration: waitsFor };
    const { id } = await graph.create(`${entitlement}/catalogs/${await catalog()}/customWorkflowExtensions`, {
      '@odata.type': type, displayName: `program ${newId()}`, callbackConfiguration,
      endpointConfiguration: { '@odata.type': '#microsoft.graph.logicAppTriggerEndpointConfiguration', subscriptionId: newId(), resourceGroupName: 'checks', logicAppWorkflowName: 'checks' },
    });
    settings.push({ stage, customExtension: { '@odata.type': type, id } });
  }
  return settings.length === 0 ? {} : { customExtensionStageSettings: settings };
}
