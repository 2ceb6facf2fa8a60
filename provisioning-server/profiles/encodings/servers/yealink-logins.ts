import type { Encoded, Encoding, EncodingInput } from "../encoding.ts";

function encode({ setting }: EncodingInput): Encoded {
  const user = setting("access.adminUser");
  // The first colon ends the name.
  if (typeof user !== "string" || user.includes(":"))
    return { ok: false, limit: "a user name without a colon" };
  const logins = [
    { user, password: setting("access.adminPassword"), setting: "access.adminPassword" },
    { user: "user", password: setting("access.userPassword"), setting: "access.userPassword" },
  ];
  const parts = logins.flatMap((login) =>
    typeof login.password === "string" && login.password !== ""
      ? [{ name: "", value: `${login.user}:${login.password}`, setting: login.setting }]
      : [],
  );
  return { ok: true, parts };
}

/** `name:password`, once for the administrator and once for the user, under one key. */
export const yealinkLogins: Encoding = {
  name: "yealink-logins",
  settings: ["access.adminPassword", "access.adminUser", "access.userPassword"],
  encode,
  decode(parts) {
    const logins = parts.map(({ value }) => [
      value.slice(0, value.indexOf(":")),
      value.slice(value.indexOf(":") + 1),
    ]);
    const user = logins.find(([name]) => name === "user")?.[1];
    const [adminUser, adminPassword] = logins.find(([name]) => name !== "user") ?? [];
    return {
      ...(adminPassword === undefined
        ? {}
        : { "access.adminUser": adminUser, "access.adminPassword": adminPassword }),
      ...(user === undefined ? {} : { "access.userPassword": user }),
    };
  },
};
