import type { ServerConfig } from "./config.ts";
import { done, type Verb } from "./inventory/flaw.ts";
import { SignIn, signInLimits, splitLogin } from "./noc/sign-in.ts";
import { openInventory } from "./open-inventory.ts";
import { Staff, type Role } from "./store/staff.ts";

/**
 * A link that signs this account in once; works beside a running server. The account is made when it is missing.
 *
 * @param login of the tenant `default`, or `tenant/login`
 */
export async function createSignInLink(
  config: ServerConfig,
  login: string,
  role: Role,
): Promise<Verb<{ url: string; expiresAt: number }>> {
  await using inventory = await openInventory({ data: config.data });
  const signIn = new SignIn(new Staff(inventory.store), Date.now);
  const [tenant, own] = splitLogin(login);
  const known = await inventory.tenants.show(tenant);
  if (!known.ok) return known;
  const member = await signIn.putAccount({ tenant, login: own, name: own, role });
  const token = await signIn.createLink(member);
  const name = config.names[0] ?? "localhost";
  return done({
    url: `https://${name}:${config.staff.port}/sign-in/link/${token.reveal()}`,
    expiresAt: Date.now() + signInLimits.link,
  });
}
