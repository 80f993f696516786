export interface Product {
  id: string;
  handle: string;
  title: string;
  description: string;
  vendor: string;
  product_type: string;
  tags: string[];
  image_url: string | null;
  price_min_minor: number;
  price_max_minor: number;
  currency: string;
  available: boolean;
}

export interface Policy {
  id: string;
  kind: string;
  title: string;
  body: string;
}

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

export interface Visit {
  visitor_secret: string;
  access_token: string;
  shop_name: string;
  assistant_name: string;
  greeting: string;
}

export class ApiError extends Error {
  constructor(
    readonly status: number,
    detail: string,
  ) {
    super(detail);
  }
}

async function answer<T>(response: Response): Promise<T> {
  const body = (await response.json().catch(() => ({}))) as { detail?: unknown };
  if (!response.ok) throw new ApiError(response.status, String(body.detail ?? response.statusText));
  return body as T;
}

/** The shop's catalogue, read with the same visitor's token that the chat would get. */
export class Shop {
  private token = "";

  constructor(
    readonly shop: string,
    private readonly secrets: Pick<Storage, "getItem" | "setItem" | "removeItem">,
  ) {}

  async enter(): Promise<Visit> {
    const secret = this.secrets.getItem(this.key);
    let visit: Visit;
    try {
      visit = await this.post(secret ? { shop: this.shop, visitor_secret: secret } : { shop: this.shop });
    } catch (error) {
      const refused = error instanceof ApiError && (error.status === 401 || error.status === 422);
      if (!secret || !refused) throw error;
      this.secrets.removeItem(this.key);
      visit = await this.post({ shop: this.shop });
    }
    this.secrets.setItem(this.key, visit.visitor_secret);
    this.token = visit.access_token;
    return visit;
  }

  products(query: string, cursor: string | null, limit = 24): Promise<Page<Product>> {
    const params = new URLSearchParams({ limit: String(limit) });
    if (query) params.set("query", query);
    if (cursor) params.set("cursor", cursor);
    return this.get(`/v1/storefront/products?${params}`);
  }

  policies(): Promise<Page<Policy>> {
    return this.get("/v1/storefront/policies");
  }

  private get key(): string {
    // The widget's own key: the page and the chat are one visitor.
    return `cordon:${this.shop}`;
  }

  private async post(body: object): Promise<Visit> {
    const headers = { "content-type": "application/json" };
    return answer(await fetch("/v1/widget/visits", { method: "POST", headers, body: JSON.stringify(body) }));
  }

  private async get<T>(path: string): Promise<T> {
    const ask = () => fetch(path, { headers: { authorization: `Bearer ${this.token}` } });
    let response = await ask();
    // The token lives for minutes, the page for as long as someone looks at it.
    if (response.status === 401) {
      await this.enter();
      response = await ask();
    }
    return answer(response);
  }
}
