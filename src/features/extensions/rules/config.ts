/** Whether an extension can be called and waited for as it is described, and whether a policy may call it at a stage. Pure. */
import { parseDuration, roughMilliseconds } from '../../../kernel/duration.ts';
import { type JsonRecord, numberAt, textAt } from '../../../kernel/json.ts';
import type { Reason } from '../../../kernel/problem.ts';
import { addressOf, type CalloutStage, type Extension, type ExtensionType } from '../model.ts';

const minuteMs = 60_000;
/** How long a request may wait (customExtensionCallbackConfiguration). */
const shortestWaitMs = 5 * minuteMs;
const longestWaitMs = 14 * 24 * 60 * minuteMs;
/** What Graph's clients send is within (customExtensionClientConfiguration: 0–1 tries, 200–2000 ms). */
const mostRetries = 10;
const [shortestTimeoutMs, longestTimeoutMs] = [200, 10_000];

/** Every reason against an extension that can be told from itself alone. */
export function extensionReasons(extension: Extension): readonly Reason[] {
  return [...addressReasons(extension.endpoint), ...clientReasons(extension.client), ...callbackReasons(extension)];
}

const because = (is: boolean, reason: Reason): readonly Reason[] => (is ? [reason] : []);

function addressReasons(endpoint: JsonRecord): readonly Reason[] {
  const address = addressOf(endpoint);
  const target = `endpointConfiguration/${textAt(endpoint, 'targetUrl') === undefined ? 'url' : 'targetUrl'}`;
  if (address === undefined) return isPlaceInAzure(endpoint) ? [] : [{ code: 'noAddress', target, message: 'The endpoint has no address. Name its url.' }];
  return because(!isAddress(address), { code: 'address', target, message: 'The address is not an https URL without user and fragment, such as https://flows.example.com/access. (http is for this machine only.)' });
}

/** A logic app by its place in Azure: taken as Graph takes it, though it cannot be called from here until it has a url. */
const isPlaceInAzure = (endpoint: JsonRecord): boolean => ['subscriptionId', 'resourceGroupName', 'logicAppWorkflowName'].every((name) => (textAt(endpoint, name) ?? '') !== '');

const isAddress = (text: string): boolean => /^https?:\/\/[^\s/?#@]+([/?][^\s#]*)?$/i.test(text);

function clientReasons(client: JsonRecord | null): readonly Reason[] {
  const [retries, timeout] = [numberAt(client ?? {}, 'maximumRetries') ?? 0, numberAt(client ?? {}, 'timeoutInMilliseconds') ?? shortestTimeoutMs];
  return [
    ...because(retries < 0 || retries > mostRetries, { code: 'maximumRetries', target: 'clientConfiguration/maximumRetries', message: `maximumRetries is ${retries}; 0 to ${mostRetries} are possible.` }),
    ...because(timeout < shortestTimeoutMs || timeout > longestTimeoutMs, {
      code: 'timeoutInMilliseconds', target: 'clientConfiguration/timeoutInMilliseconds', message: `timeoutInMilliseconds is ${timeout}; ${shortestTimeoutMs} to ${longestTimeoutMs} are possible.`,
    }),
  ];
}

function callbackReasons({ type, callback }: Extension): readonly Reason[] {
  if (callback === null) return [];
  const target = 'callbackConfiguration';
  const length = parseDuration(textAt(callback, 'timeoutDuration') ?? '');
  const ms = length === undefined ? 0 : roughMilliseconds(length);
  return [
    ...because(type === 'accessPackageAssignmentWorkflowExtension', { code: 'cannotWait', target, message: 'Nothing waits for what is called before an assignment ends. Leave callbackConfiguration out, or make an accessPackageAssignmentRequestWorkflowExtension.' }),
    ...because(ms < shortestWaitMs || ms > longestWaitMs, { code: 'timeoutDuration', target: `${target}/timeoutDuration`, message: 'timeoutDuration is from five minutes (PT5M) to fourteen days (P14D).' }),
  ];
}

const beforeTheEnd: ReadonlySet<CalloutStage> = new Set(['assignmentFourteenDaysBeforeExpiration', 'assignmentOneDayBeforeExpiration']);

/** Whether an extension of this type can be called at a stage. */
export function fitsStage(type: ExtensionType, stage: CalloutStage): boolean {
  if (type === 'customAccessPackageWorkflowExtension') return true;
  return (type === 'accessPackageAssignmentWorkflowExtension') === beforeTheEnd.has(stage);
}

/** What is known of an extension that a policy names. */
export interface NamedExtension {
  readonly id: string;
  readonly catalogId: string;
  readonly type: ExtensionType;
}

/** Every reason against the stage settings of a policy in a catalog. An extension of another catalog is as unknown as none. */
export function stageReasons(settings: readonly { readonly stage: CalloutStage; readonly extensionId: string }[], { catalogId, found }: { readonly catalogId: string; readonly found: readonly NamedExtension[] }): readonly Reason[] {
  return settings.flatMap(({ stage, extensionId }, index) => {
    const target = `customExtensionStageSettings[${index}]`;
    const extension = found.find(({ id }) => id === extensionId);
    const isTwice = settings.findIndex((one) => one.stage === stage) < index;
    if (extension?.catalogId !== catalogId) return [{ code: 'noSuchExtension', target: `${target}/customExtension/id`, message: `The catalog of the access package has no custom extension '${extensionId}'. Name one of its own.` }];
    return [
      ...because(isTwice, { code: 'stageTwice', target: `${target}/stage`, message: `The stage ${stage} is named twice. Call one extension at each stage.` }),
      ...because(!fitsStage(extension.type, stage), {
        code: 'wrongExtension', target: `${target}/customExtension/id`,
        message: `An ${extension.type} cannot be called at ${stage}. Use an ${beforeTheEnd.has(stage) ? 'accessPackageAssignmentWorkflowExtension' : 'accessPackageAssignmentRequestWorkflowExtension'}.`,
      }),
    ];
  });
}
