/** What is taken from the referee beside this checkout: its calls, its objects and its judgement of bodies. Typed as far as it is used. */
import path from 'node:path';
import { pathToFileURL } from 'node:url';

/** One answer. */
export interface RefereeAnswer {
  readonly status: number;
  readonly text: string;
  readonly json: unknown;
}

/** Calls in the name of the referee's callers, and its objects by name, each made once. */
export interface RefereeWorld {
  readonly base: string;
  call(method: string, path: string, options?: { readonly as?: string; readonly version?: string }): Promise<RefereeAnswer>;
  need(name: string): Promise<unknown>;
}

/** Judges bodies; null: it fits. */
export interface RefereeValidator {
  operation(operation: { readonly key: string; readonly path: string; readonly responseSchema: unknown }, body: unknown): string | null;
}

/** The referee, ready to ask a server. */
export interface Referee {
  readonly world: RefereeWorld;
  readonly recipes: readonly string[];
  readonly validators: Readonly<Record<string, RefereeValidator>>;
  /** The OpenAPI document of a version. */
  readonly documents: Readonly<Record<string, Document>>;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly responses?: Readonly<Record<string, { readonly content?: Readonly<Record<string, { readonly schema?: unknown }>> }>> }>>>>;
}

interface Modules {
  readonly Http: new (options: object) => object;
  readonly Auth: new (http: object, bootstrap: object) => object;
  readonly World: new (parts: object) => RefereeWorld;
  readonly recipes: Readonly<Record<string, unknown>>;
  readonly loadReference: (version: string) => { readonly openapi: Document };
  readonly createValidator: (reference: object) => RefereeValidator;
}

/** Loads the referee from its folder, for the server that a bootstrap.json describes. */
export async function loadReferee(folder: string, bootstrap: object): Promise<Referee> {
  const parts = await Promise.all(['lib/http.mjs', 'lib/auth.mjs', 'lib/world.mjs', 'lib/reference.mjs', 'lib/validator.mjs', 'fixtures/index.mjs'].map(async (file): Promise<unknown> => import(pathToFileURL(path.join(folder, file)).href)));
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the referee is JavaScript; what it lacks shows at the first call
  const { Http, Auth, World, recipes, loadReference, createValidator } = Object.assign({}, ...parts) as Modules;
  const http = new Http({ timeoutMs: 30_000 });
  const references = Object.fromEntries(['v1.0', 'beta'].map((version) => [version, loadReference(version)] as const));
  return {
    world: new World({ http, auth: new Auth(http, bootstrap), bootstrap, recipes, wait: 6 }),
    recipes: Object.keys(recipes),
    validators: Object.fromEntries(Object.entries(references).map(([version, reference]) => [version, createValidator(reference)])),
    documents: Object.fromEntries(Object.entries(references).map(([version, { openapi }]) => [version, openapi])),
  };
}
