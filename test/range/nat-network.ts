import { makeNamespace, join, lineOf, offhook, type Namespace } from "./network.ts";
import type { Observation } from "../../protocol/observation.ts";

/** A phone's place, a router with NAT, and a server outside that has two addresses. */
export interface NatNetwork {
  readonly inside: Namespace;
  readonly router: Namespace;
  readonly server: Namespace;
  /** Names of the router's links. */
  readonly insideLink: string;
  readonly outsideLink: string;
}

export const natAddresses = {
  inside: "192.168.92.2",
  router: "203.0.113.1",
  server: "203.0.113.2",
  second: "203.0.113.3",
} as const;

type Test = Parameters<typeof makeNamespace>[0];

/** @param masquerade words behind `masquerade`: `random` makes the NAT symmetric; `false`: no NAT at all. */
export async function makeNatNetwork(t: Test, masquerade: string | false = ""): Promise<NatNetwork> {
  const [inside, router, server] = [await makeNamespace(t), await makeNamespace(t), await makeNamespace(t)];
  const [, insideLink] = await join(
    { namespace: inside, address: `${natAddresses.inside}/24` },
    { namespace: router, address: "192.168.92.1/24" },
  );
  const [outsideLink, serverLink] = await join(
    { namespace: router, address: `${natAddresses.router}/24` },
    { namespace: server, address: `${natAddresses.server}/24` },
  );
  await server.run("ip", "address", "add", `${natAddresses.second}/24`, "dev", serverLink);
  await inside.run("ip", "route", "add", "default", "via", "192.168.92.1");
  await server.run("ip", "route", "add", "192.168.92.0/24", "via", natAddresses.router);
  await router.run("sysctl", "-qw", "net.ipv4.ip_forward=1");
  if (masquerade !== false)
    await router.nft(`table ip way {
      chain post {
        type nat hook postrouting priority srcnat; policy accept;
        oifname "${outsideLink}" masquerade ${masquerade}
      }
    }
`);
  return { inside, router, server, insideLink, outsideLink };
}

interface Finding {
  readonly rule: string;
  readonly sentence: string;
  readonly remedy: string;
}

/** `offhook diag VERB …` in a namespace: observations by key, and the rules found. */
export async function diag(namespace: Namespace, ...words: readonly string[]) {
  const [node, command] = offhook;
  // Findings make the exit code 4, silence 5 or 8; all are results here.
  const shell = 'exec 3>&1; "$@" >&3; code=$?; case $code in 0|4|5|8) ;; *) exit $code;; esac';
  const json = await namespace.run("sh", "-c", shell, "sh", node, command, "diag", ...words, "--json");
  const report = JSON.parse(json) as { observations: Observation[]; findings: Finding[] };
  const value = (key: string) => report.observations.find((each) => each.key === key)?.value;
  const sentences = report.findings.map(({ sentence }) => sentence).join("\n");
  const remedies = report.findings.map(({ remedy }) => remedy).join("\n");
  return { value, rules: report.findings.map(({ rule }) => rule), sentences, remedies, json };
}

/** coturn with both addresses of the server: STUN, RFC 5780, TURN for user 1001. */
export async function startCoturn({ server }: NatNetwork): Promise<void> {
  const words =
    "-n --no-cli --no-tls --no-dtls --log-file=stdout --simple-log --pidfile=/dev/null --verbose " +
    `--listening-ip=${natAddresses.server} --listening-ip=${natAddresses.second} ` +
    `--relay-ip=${natAddresses.server} --lt-cred-mech --user=1001:s3cret-Pw --realm=pbx.example`;
  const coturn = server.start("turnserver", words.split(" "));
  await lineOf(coturn, /UDP listener opened on ?: ?203\.0\.113\.3:3479/u);
  coturn.stdout?.resume();
}

/** `offhook mirror` on the server with the ports that the way needs. */
export async function startMirror(
  { server }: Pick<NatNetwork, "server">,
  ...words: readonly string[]
): Promise<void> {
  const [node, command] = offhook;
  const mirror = server.start(node, [command, "mirror", "--json", ...words]);
  await lineOf(mirror, /^Mirror at /u);
}
