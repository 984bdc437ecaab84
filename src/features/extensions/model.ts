/**
 * A custom extension is a program of the customer's that is called when something happens to a request or an assignment, and
 * that a request may wait for (customCalloutExtension, contract §1.4). A call is kept with what came of it.
 */
import { type JsonRecord, numberAt, recordAt, textAt } from '../../kernel/json.ts';

/** When an extension is asked who decides a stage. Graph's samples of dynamic approval use the word; its description of the enumeration does not have it yet. */
export const approversStage = 'assignmentRequestDeterminingApprovalRequirements';

/** Graph's accessPackageCustomExtensionStage, in its order. */
export const calloutStages = [
  'assignmentRequestCreated', 'assignmentRequestApproved', 'assignmentRequestGranted', 'assignmentRequestRemoved',
  'assignmentFourteenDaysBeforeExpiration', 'assignmentOneDayBeforeExpiration', approversStage,
] as const;
/** When an extension is called. */
export type CalloutStage = (typeof calloutStages)[number];

/** Kinds of extension; the last is beta's older one, for every stage. */
export const extensionTypes = ['accessPackageAssignmentRequestWorkflowExtension', 'accessPackageAssignmentWorkflowExtension', 'customAccessPackageWorkflowExtension'] as const;
/** Kind of an extension. */
export type ExtensionType = (typeof extensionTypes)[number];

/** An extension as it is stored: configurations in Graph's v1.0 shape. */
export interface Extension {
  readonly id: string;
  readonly catalogId: string;
  readonly type: ExtensionType;
  readonly displayName: string;
  readonly description: string | null;
  readonly endpoint: JsonRecord;
  readonly authentication: JsonRecord | null;
  readonly client: JsonRecord | null;
  /** Set: whatever calls it waits until it is resumed. */
  readonly callback: JsonRecord | null;
}

/** An extension that a policy calls at a stage. */
export interface StageExtension {
  readonly stage: CalloutStage;
  readonly extensionId: string;
  /** ISO 8601: how long the stage waits to be resumed; null: it does not wait. */
  readonly waitsFor: string | null;
}

/** A call that a step causes, before it is written. */
export interface NewCallout {
  readonly id: string;
  readonly stage: CalloutStage;
  readonly extensionId: string;
  readonly assignmentId: string | null;
  /** Until when the request waits; null: it goes on. */
  readonly waitsUntil: Date | null;
}

/** How an endpoint is called. */
export interface CallSettings {
  /** Undefined: the extension names a workflow by its place in Azure only, which nobody here can resolve. */
  readonly url: string | undefined;
  /** appId that a token is made for; undefined: none is sent. */
  readonly audience: string | undefined;
  /** Tries after the first. */
  readonly retries: number;
  readonly timeoutMs: number;
}

/** Used where the extension does not say. */
export const callDefaults = { retries: 5, timeoutMs: 2000 } as const;

/**
 * How long a request waits for an extension that cannot be called, because it names a logic app by its place in Azure only: such a
 * one looks for requests that wait and resumes them by itself. To go on without it would leave out a check without a word. The
 * longest that Graph allows (customExtensionCallbackConfiguration), ISO 8601.
 */
export const waitsForCaller = 'P14D';

/** How an extension wants to be called. */
export function callSettings({ endpoint, authentication, client }: Pick<Extension, 'endpoint' | 'authentication' | 'client'>): CallSettings {
  return {
    url: addressOf(endpoint), audience: authentication === null ? undefined : textAt(authentication, 'resourceId'),
    retries: numberAt(client ?? {}, 'maximumRetries') ?? callDefaults.retries, timeoutMs: numberAt(client ?? {}, 'timeoutInMilliseconds') ?? callDefaults.timeoutMs,
  };
}

/** The address of an endpoint of either kind. */
export const addressOf = (endpoint: JsonRecord): string | undefined => textAt(endpoint, 'url') ?? textAt(endpoint, 'targetUrl');

/** The stage settings of a policy's body: what it names, whether or not it exists. */
export function readStageSettings(settings: readonly JsonRecord[]): readonly { readonly stage: CalloutStage; readonly extensionId: string }[] {
  return settings.flatMap((setting) => {
    const stage = calloutStages.find((one) => one === setting['stage']);
    const extensionId = textAt(recordAt(setting, 'customExtension'), 'id');
    return stage === undefined || extensionId === undefined ? [] : [{ stage, extensionId }];
  });
}
