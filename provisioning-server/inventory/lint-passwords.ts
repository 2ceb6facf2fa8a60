import { settingWinner } from "../answer/settings-for.ts";
import { layersOf, type LintPhone, type LintProblem } from "./lint-phone.ts";

/** What makers set, and what people type when they are in a hurry. */
const known = new Set([
  "admin",
  "user",
  "password",
  "passw0rd",
  "phone",
  "456",
  "789",
  "123",
  "1234",
  "12345",
  "123456",
  "0000",
  "1111",
  "22222",
  "adminpass",
  "27238",
  "voip",
  "default",
  "changeme",
]);

const remedy = "Set access.adminPassword: one per site at least, and nothing that stands on a phone.";

function textAt(phone: LintPhone, path: string, line?: LintPhone["device"]["lines"][number]): string {
  const value = settingWinner(layersOf(phone), path, line)?.value;
  return typeof value === "string" ? value : "";
}

/** Why an administrator's password is none, or undefined. Says nothing of the password itself. */
function weakness(phone: LintPhone, password: string, sites: number): string | undefined {
  const { device } = phone;
  if (password === "")
    return "no administrator's password is set: the maker's own, which everybody knows, stays";
  if (known.has(password.toLowerCase()))
    return "the administrator's password is one that everybody tries first";
  if (password.length < 6) return "the administrator's password has fewer than 6 characters";
  if (password.toLowerCase() === device.mac || password === textAt(phone, "access.adminUser"))
    return "the administrator's password can be read off the phone";
  if (password === textAt(phone, "access.userPassword"))
    return "the user's password is the administrator's as well";
  if (device.lines.some((line) => textAt(phone, "line.password", line) === password))
    return "the administrator's password is an account's SIP password as well";
  if (device.lines.some((line) => textAt(phone, "line.user", line) === password))
    return "the administrator's password is the extension";
  return sites > 1
    ? `${sites} sites have the same administrator's password: who knows one, knows all`
    : undefined;
}

/** Default, guessable or reused administrator's passwords. */
export function lintPasswords(phones: readonly LintPhone[]): LintProblem[] {
  const sitesOf = new Map<string, Set<string>>();
  for (const phone of phones) {
    const password = textAt(phone, "access.adminPassword");
    sitesOf.set(password, (sitesOf.get(password) ?? new Set()).add(phone.device.site));
  }
  return phones.flatMap((phone): LintProblem[] => {
    // A family without an administrator has nothing to protect.
    const { family } = phone.profile ?? {};
    if (family !== undefined && !family.carried.has("access.adminPassword")) return [];
    const password = textAt(phone, "access.adminPassword");
    const why = weakness(phone, password, sitesOf.get(password)?.size ?? 1);
    if (why === undefined) return [];
    return [{ mac: phone.device.mac, rule: "admin-password", setting: "access.adminPassword", why, remedy }];
  });
}
