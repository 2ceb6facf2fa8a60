import { Compile } from "typebox/compile";
import { Phonebook } from "../../protocol/phonebook.ts";
import { revise } from "./revisions.ts";
import { Settings } from "./settings.ts";
import type { StoreHandle } from "./open-store.ts";

const phonebookSchema = Compile(Phonebook);

/** The phonebooks of sites. Each is one document: phones fetch it whole. */
export class Phonebooks {
  readonly #store: StoreHandle;
  readonly #settings: Settings;

  constructor(store: StoreHandle) {
    this.#store = store;
    this.#settings = new Settings(store);
  }

  async get(tenant: string, site: string): Promise<Phonebook | undefined> {
    const text = await this.#settings.get(nameOf(tenant, site));
    if (text === undefined || text === "") return undefined;
    const book: unknown = JSON.parse(text);
    if (!phonebookSchema.Check(book)) throw new Error(`the stored phonebook of ${site} is damaged`);
    return book;
  }

  /** Stores a site's phonebook, or takes it out. */
  put(tenant: string, site: string, book: Phonebook | undefined): Promise<void> {
    return this.#store.transaction(async (inside) => {
      await new Settings(inside).put(nameOf(tenant, site), book === undefined ? "" : JSON.stringify(book));
      await revise(inside, "phonebook", tenant, [site]);
    });
  }
}

const nameOf = (tenant: string, site: string): string => `phonebook.${tenant}.${site}`;
