/** One file of the catalogue. */
export interface FirmwareImage {
  readonly vendor: string;
  /** As the vendor prints it: `96.87.0.15`. */
  readonly version: string;
  /** Hardware revision it is for, such as `2` or `>=4`; empty: any. */
  readonly hardware: string;
  /** The name phones ask for. */
  readonly name: string;
  /** As the profiles spell them; empty: a part that the image of the same version names (Cisco `.sbn`). */
  readonly models: readonly string[];
  /** Lower-case hex. */
  readonly sha256: string;
  readonly size: number;
  readonly addedAt: number;
  readonly addedBy: string;
}

/** Short name for people and for the command line: the first characters of its checksum. */
export function imageId({ sha256 }: Pick<FirmwareImage, "sha256">): string {
  return sha256.slice(0, 12);
}
