/** Something a person should know about a rendered file; never holds a secret value. */
export interface RenderNote {
  /** lacking: the model or family has no such thing. refused: the vendor cannot carry the value. coarser: carried, roughly. */
  readonly kind: "lacking" | "refused" | "coarser";
  readonly setting: string;
  /** 1-based account, where the note is about one. */
  readonly line?: number;
  readonly sentence: string;
}
