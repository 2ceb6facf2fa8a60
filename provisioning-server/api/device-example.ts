import { Type } from "typebox";

/** A MAC in any usual form. */
export const macParams = Type.Object({ mac: Type.String({ pattern: "^[0-9A-Fa-f:.-]{12,17}$" }) });

export const deviceExample = {
  mac: "805ec0010001",
  vendor: "yealink",
  model: "T46U",
  site: "berlin",
  label: "Reception",
  state: "expected",
  lines: [{ index: 1, settings: { user: "201", password: "••••" } }],
  settings: { time: { zone: "Europe/Berlin" } },
  raw: {},
  tokenGeneration: 1,
  revision: 1,
};
