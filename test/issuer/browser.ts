/** A browser without script: cookies, redirects and one form. */

export interface Visit { readonly url: string; readonly status: number; readonly html: string; readonly location: string | undefined; readonly headers: Headers }

/** Keeps cookies like a browser and follows nothing by itself. */
export class Browser {
  readonly cookies = new Map<string, string>();

  async get(url: string): Promise<Visit> { return await this.#send(url, {}); }

  /** Fills in the page's form and sends it. */
  async submit(page: Visit, fields: Record<string, string>): Promise<Visit> {
    const action = /<form method="post" action="([^"]+)"/.exec(page.html)?.[1]?.replaceAll('&#38;', '&');
    if (action === undefined) throw new Error(`no form on the page: ${page.html.slice(0, 300)}`);
    const hidden = [...page.html.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(([, name, value]): [string, string] => [name ?? '', value ?? '']);
    return await this.#send(new URL(action, page.url).href, { method: 'POST', body: new URLSearchParams([...hidden, ...Object.entries(fields)]) });
  }

  async #send(url: string, init: RequestInit): Promise<Visit> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, { ...init, redirect: 'manual', headers: cookie === '' ? {} : { cookie } });
    for (const line of response.headers.getSetCookie()) {
      const [name, value] = (line.split(';')[0] ?? '').split('=');
      this.cookies.set(name ?? '', value ?? '');
    }
    return { url, status: response.status, html: await response.text(), location: response.headers.get('location') ?? undefined, headers: response.headers };
  }
}
