export type StoreErrorCode =
  | "cannot-open" // no such folder, no permission, not a database
  | "locked" // another process kept it for too long
  | "schema-newer" // made by a later version
  | "wrong-key"; // its secrets were sealed with another key

/** The store could not be opened or written: not a bug of ours. The message is a sentence with what to do. */
export class StoreError extends Error {
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, sentence: string, options?: ErrorOptions) {
    super(sentence, options);
    this.name = "StoreError";
    this.code = code;
  }
}
