import type { ServerConfig } from "./config.ts";
import { defaultTenant } from "./inventory/inventory.ts";
import { SignIn, signInLimits } from "./noc/sign-in.ts";
import { openInventory } from "./open-inventory.ts";
import { Staff, type Role } from "./store/staff.ts";

/** A link that signs this account in once; works beside a running server. The account is made when it is missing. */
export async function createSignInLink(
  config: ServerConfig,
  login: string,
  role: Role,
): Promise<{ url: string; expiresAt: number }> {
  await using inventory = await openInventory({ data: config.data });
  const signIn = new SignIn(new Staff(inventory.store), Date.now);
  const member = await signIn.putAccount({ tenant: defaultTenant, login, name: login, role });
  const token = await signIn.createLink(member);
  const name = config.names[0] ?? "localhost";
  return {
    url: `https://${name}:${config.staff.port}/sign-in/link/${token.reveal()}`,
    expiresAt: Date.now() + signInLimits.link,
  };
}
