/**
 * Microsoft's generated SDK (Kiota), unmodified, pointed at a server of ours. Its package with the paths of identity governance
 * is in its repository but not on the registry, so those requests are put together here as that package does: a template, the
 * generated models with their serializers and factories, and the adapter of the SDK.
 */
import { AllowedHostsValidator, BaseBearerTokenAuthenticationProvider, HttpMethod, RequestInformation, type ErrorMappings, type ModelSerializerFunction, type Parsable, type ParsableFactory } from '@microsoft/kiota-abstractions';
import { createGraphServiceClient, GraphRequestAdapter, type GraphServiceClient } from '@microsoft/msgraph-sdk';
import { createODataErrorFromDiscriminatorValue, type ODataError } from '@microsoft/msgraph-sdk/models/oDataErrors/index.js';
import '@microsoft/msgraph-sdk-users';
import { expect } from 'vitest';

/** How every generated builder has refusals read. */
export const errorMappings: ErrorMappings = { XXX: createODataErrorFromDiscriminatorValue };

/** A generated model: how it is read and written. */
export interface Kind<T extends Parsable> {
  readonly serializer: ModelSerializerFunction<T>;
  readonly factory: ParsableFactory<T>;
}

/** A kind that is only read. */
export type Answered<T extends Parsable> = Pick<Kind<T>, 'factory'>;

/** The SDK in the name of one caller. */
export class Kiota {
  readonly adapter: GraphRequestAdapter;
  readonly client: GraphServiceClient;

  constructor(base: string, token: () => Promise<string>) {
    const hosts = new AllowedHostsValidator(new Set([new URL(base).host]));
    this.adapter = new GraphRequestAdapter(new BaseBearerTokenAuthenticationProvider({ getAuthorizationToken: token, getAllowedHostsValidator: () => hosts }));
    this.adapter.baseUrl = `${base}/v1.0`;
    this.client = createGraphServiceClient(this.adapter);
  }

  /** GET; an answer without a body fails the test. */
  async get<T extends Parsable>(path: string, kind: Answered<T>): Promise<T> {
    return await this.adapter.send(this.#request(HttpMethod.GET, path), kind.factory, errorMappings) ?? expect.unreachable(`GET ${path} answered nothing`);
  }

  /** POST of a model, which is answered; an answer without a body fails the test. */
  async post<T extends Parsable>(path: string, kind: Kind<T>, model: NoInfer<T>): Promise<T> {
    return await this.#write(this.#request(HttpMethod.POST, path), kind, model);
  }

  /** PUT of a model, as {@link post}. */
  async put<T extends Parsable>(path: string, kind: Kind<T>, model: NoInfer<T>): Promise<T> {
    return await this.#write(this.#request(HttpMethod.PUT, path), kind, model);
  }

  /** PATCH, whose answer may be empty. */
  async patch<T extends Parsable>(path: string, { serializer }: Pick<Kind<T>, 'serializer'>, model: NoInfer<T>): Promise<void> {
    const request = this.#request(HttpMethod.PATCH, path);
    request.setContentFromParsable(this.adapter, 'application/json', model, serializer);
    await this.adapter.sendNoResponseContent(request, errorMappings);
  }

  /** DELETE. */
  async remove(path: string): Promise<void> {
    await this.adapter.sendNoResponseContent(this.#request(HttpMethod.DELETE, path), errorMappings);
  }

  /** A request as a generated builder makes it; `path` begins with a slash. */
  #request(method: HttpMethod, path: string): RequestInformation {
    const request = new RequestInformation(method, `{+baseurl}${path}`, { baseurl: this.adapter.baseUrl });
    request.headers.tryAdd('Accept', 'application/json');
    return request;
  }

  async #write<T extends Parsable>(request: RequestInformation, { factory, serializer }: Kind<T>, model: T): Promise<T> {
    request.setContentFromParsable(this.adapter, 'application/json', model, serializer);
    return await this.adapter.send(request, factory, errorMappings) ?? expect.unreachable('a write answered nothing');
  }
}

/** The SDK throws what it has read, which need not be an Error. */
const isODataError = (thrown: unknown): thrown is ODataError => typeof thrown === 'object' && thrown !== null && 'responseStatusCode' in thrown;

/** The refusal that a call ends with, as the SDK throws it; a call that succeeds fails the test. */
export async function refusalOf(call: Promise<unknown>): Promise<ODataError> {
  const thrown: unknown = await call.then(() => undefined, (reason: unknown) => reason);
  if (isODataError(thrown)) return thrown;
  throw new Error('the call did not end with an ODataError', { cause: thrown });
}
