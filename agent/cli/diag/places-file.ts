import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { Type } from "typebox";
import { Compile } from "typebox/compile";
import { MacAddress } from "../../../protocol/mac-address.ts";
import { Subject } from "../../../protocol/observation.ts";
import { makeFolder } from "../../io/host/make-folder.ts";
import type { PhonePlaces } from "../../probes/poe-pulse/phone-places.ts";

const PlacesFile = Type.Record(
  MacAddress,
  Type.Object(
    {
      port: Subject,
      at: Type.Number(),
      moves: Type.Array(Type.Object({ from: Subject, at: Type.Number() }), { maxItems: 1000 }),
    },
    { additionalProperties: false },
  ),
);
const check = Compile(PlacesFile);

/** Where phones were when somebody last looked; nothing where there is no such file, or it cannot be understood. */
export function readPlaces(path: string): PhonePlaces {
  try {
    const found: unknown = JSON.parse(readFileSync(path, "utf8"));
    return new Map(check.Check(found) ? Object.entries(found) : []);
  } catch {
    return new Map();
  }
}

/** @throws FolderUnusable; NodeJS.ErrnoException when the file cannot be written */
export function writePlaces(path: string, places: PhonePlaces): void {
  makeFolder(dirname(path));
  const part = `${path}.part`;
  writeFileSync(part, JSON.stringify(Object.fromEntries(places)), { mode: 0o600 });
  renameSync(part, path);
}
