/** A shape, taken apart once. */
export interface Shape {
  readonly text: string;
}
