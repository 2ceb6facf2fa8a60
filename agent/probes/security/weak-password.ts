/** Too short, a number, the account's own name, or one of the words that every scanner tries first. */
export function weakPassword(password: string | undefined, names: readonly string[]): boolean {
  if (password === undefined) return false;
  const lower = password.toLowerCase();
  if (password.length < 10 || /^\d+$/.test(password) || new Set(password).size < 5) return true;
  return (
    names.some((name) => name.length > 2 && lower.includes(name.toLowerCase()) && password.length < 16) ||
    tried.some((word) => lower.replaceAll(/\d+$/g, "") === word)
  );
}

const tried = [
  "password",
  "passw0rd",
  "asterisk",
  "changeme",
  "freepbx",
  "secret",
  "welcome",
  "administrator",
];
