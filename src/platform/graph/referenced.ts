/** Which object a reference means: by its id, or by an alternate key such as `…/users/{userPrincipalName}`. */
import type { Executor } from '../db/database.ts';
import { idIn, idOfUrl } from './body/reference.ts';
import type { Exchange } from './exchange.ts';
import { locateOrRefuse } from './locate.ts';
import type { PathStep } from './path/resource.ts';
import { resolvePath } from './path/resolve.ts';
import { parsePath } from './syntax/path.ts';
import { withoutPrefix } from './version.ts';

/** Id of the object that a `$ref` names. An alternate key is looked up as the caller sees it; a reference to nothing is 404. */
export async function referencedId(executor: Executor, exchange: Exchange, url: string): Promise<string> {
  const id = idIn(url);
  if (id !== undefined) return id;
  const steps = stepsNamed(exchange, url);
  if (steps.length !== 1 || steps[0]?.key?.by !== 'property') return idOfUrl(url, '@odata.id');
  const located = await locateOrRefuse(executor, exchange, steps);
  return located[0]?.id ?? idOfUrl(url, '@odata.id');
}

/** Steps of the path that a reference is, whatever host it names; none where it is no path of this service. */
function stepsNamed({ service, request }: Exchange, url: string): readonly PathStep[] {
  const { version, path } = withoutPrefix(url.replace(/[?#].*$/, ''));
  try {
    return resolvePath(parsePath(path), { registry: service.registry, version: version ?? request.version, aliases: new Map() }).steps;
  } catch (error) {
    if (error instanceof Error && error.name === 'Problem') return [];
    throw error;
  }
}
