export interface Template {
  readonly id: string;
  readonly account: string;
  readonly createdAt: number;
  name: string;
  policy: unknown;
  /** Once it was applied to a key. */
  isVerified: boolean;
}

/** CCKM's policy templates, each of one AWS account. */
export class Templates {
  readonly #byId = new Map<string, Template>();
  readonly #settings: () => { readonly strictTemplates: boolean };

  constructor(settings: () => { readonly strictTemplates: boolean }) {
    this.#settings = settings;
  }

  /** Whether an id that nobody made is an error. */
  get strict(): boolean {
    return this.#settings().strictTemplates;
  }

  get(id: string): Template | undefined {
    return this.#byId.get(id);
  }

  all(): Template[] {
    return [...this.#byId.values()];
  }

  add(template: Template): Template {
    this.#byId.set(template.id, template);
    return template;
  }

  remove(id: string): void {
    this.#byId.delete(id);
  }

  clear(): void {
    this.#byId.clear();
  }
}
