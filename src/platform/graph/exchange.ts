/** One request to the Graph service and its answer, apart from HTTP: `$batch` has the same. */
import type { Caller } from '../../kernel/caller.ts';
import type { Clock } from '../clock.ts';
import type { Db } from '../db/database.ts';
import type { Json, Version } from './model.ts';
import type { Registry } from './registry.ts';
import type { QueryOptions } from './syntax/ast.ts';
import { spoken } from './version.ts';

/** The service: what all requests share. */
export interface GraphService {
  readonly registry: Registry;
  readonly db: Db;
  readonly clock: Clock;
  /** Without a slash at the end. */
  readonly publicUrl: string;
  /** Hosts that this server calls whatever their address (GATEHOUSE_OUTBOUND_HOSTS). */
  readonly outboundHosts?: readonly string[];
}

/** A request. `path` and `query` are raw: `/users/1`, `$top=5`. `body` is parsed JSON, undefined without one. */
export interface GraphRequest {
  readonly method: string;
  readonly version: Version;
  readonly path: string;
  readonly query: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: unknown;
  readonly caller: Caller;
  readonly requestId: string;
  readonly clientRequestId: string;
}

/** An answer: JSON in `body`, or plain `text`, or nothing. */
export interface GraphResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Json;
  readonly text?: string;
}

/** A request with its options understood. */
export interface Exchange {
  readonly service: GraphService;
  readonly request: GraphRequest;
  readonly options: QueryOptions;
  readonly prefer: ReadonlySet<string>;
}

/** Words of the Prefer header in lower case, without quotes: `return=minimal`, `odata.maxpagesize=50`. */
export function readPrefer(header: string | undefined): ReadonlySet<string> {
  return new Set((header ?? '').split(/[,;]/).map((word) => word.trim().toLowerCase().replaceAll('"', '')).filter((word) => word !== ''));
}

/** URL of this service's version. */
export const baseUrl = (exchange: Exchange): string => `${exchange.service.publicUrl}${spoken[exchange.request.version].prefix}`;

/** `@odata.context` for what a path names. */
export const contextUrl = (exchange: Exchange, what: string): string => `${baseUrl(exchange)}/$metadata#${what}`;
