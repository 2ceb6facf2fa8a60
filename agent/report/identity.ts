import { createPrivateKey, generateKeyPairSync, randomUUID, sign, type KeyObject } from "node:crypto";
import { join } from "node:path";
import { Type, type Static } from "typebox";
import { Compile } from "typebox/compile";
import {
  authenticationText,
  EnrolReply,
  type EnrolRequest,
  type TokenRequest,
} from "../../protocol/agent-protocol.ts";
import type { Secret } from "../../protocol/secret.ts";
import type { Disk } from "../io/host/disk.ts";
import type { ServerLink, ServerReply } from "../io/server-link.ts";

const Membership = Type.Object({
  agentId: Type.String(),
  serverId: Type.String(),
  pins: Type.Array(Type.String()),
});
/** Who we are to the server that enrolled us. */
export type Membership = Static<typeof Membership>;

const Papers = Type.Object({
  membership: Type.Optional(Membership),
  /** The spool that the server knows. */
  epoch: Type.Optional(Type.String()),
  boots: Type.Object({
    /** The last run that the server is known to have let in. */
    confirmed: Type.Optional(Type.String()),
    /** Runs that asked since, and may have been let in. */
    tried: Type.Array(Type.String()),
  }),
});
type Papers = Static<typeof Papers>;

const papersValidator = Compile(Papers);
const enrolReplyValidator = Compile(EnrolReply);
const mostTried = 20;

export type Enrolled =
  | { readonly kind: "enrolled"; readonly membership: Membership }
  | { readonly kind: "refused"; readonly reply: ServerReply };

/** The agent's key and papers, in its state folder: `agent.key` (Ed25519, PKCS #8, mode 0600) and `agent.json`. */
export class Identity {
  readonly #folder: string;
  readonly #disk: Disk;
  readonly #key: KeyObject;
  #papers: Papers;
  /** This run of the agent. */
  readonly bootId = randomUUID();

  private constructor(folder: string, disk: Disk, key: KeyObject, papers: Papers) {
    this.#folder = folder;
    this.#disk = disk;
    this.#key = key;
    this.#papers = papers;
  }

  /** Reads the folder, or makes a key in it. @throws when the files are there and cannot be read */
  static async open(folder: string, disk: Disk): Promise<Identity> {
    await disk.makeFolder(folder);
    const keyPath = join(folder, "agent.key");
    const pem = (await disk.read(keyPath)) ?? (await makeKey(keyPath, disk));
    const papers = await readPapers(join(folder, "agent.json"), disk);
    return new Identity(folder, disk, createPrivateKey(Buffer.from(pem)), papers);
  }

  get membership(): Membership | undefined {
    return this.#papers.membership;
  }

  get epoch(): string | undefined {
    return this.#papers.epoch;
  }

  /** Ed25519, the raw 32 octets, base64url. */
  get publicKey(): string {
    return String(this.#key.export({ format: "jwk" }).x);
  }

  async noteEpoch(epoch: string): Promise<void> {
    if (this.#papers.epoch !== epoch) await this.#save({ ...this.#papers, epoch });
  }

  /** Spends an enrolment token; asking again with the same one is safe. */
  async enrol(link: ServerLink, token: Secret, facts: EnrolRequest["facts"]): Promise<Enrolled> {
    const body: EnrolRequest = { token: token.reveal(), publicKey: this.publicKey, facts };
    const reply = await link.call({ method: "POST", path: "/v1/enrol", body });
    if (reply.kind !== "reply" || reply.status !== 200 || !enrolReplyValidator.Check(reply.body))
      return { kind: "refused", reply };
    const { agentId, serverId, pins } = reply.body;
    const membership = { agentId, serverId, pins };
    await this.#save({ ...this.#papers, membership, boots: { tried: [] } });
    return { kind: "enrolled", membership };
  }

  /** Answers a challenge. This run stands in the papers before the answer goes out: it may be the last act of it. */
  async tokenRequest(membership: Membership, nonce: string): Promise<TokenRequest> {
    const { agentId, serverId } = membership;
    const { confirmed, tried } = this.#papers.boots;
    const before = tried.filter((each) => each !== this.bootId);
    if (confirmed !== this.bootId && !tried.includes(this.bootId))
      await this.#save({
        ...this.#papers,
        boots: { ...this.#papers.boots, tried: [...before, this.bootId].slice(-mostTried) },
      });
    const text = Buffer.from(authenticationText(nonce, agentId, serverId));
    return {
      agentId,
      nonce,
      bootId: this.bootId,
      ...(confirmed === undefined ? {} : { lastBootId: confirmed }),
      ...(before.length === 0 ? {} : { triedBootIds: before }),
      signature: sign(null, text, this.#key).toString("base64url"),
    };
  }

  /** The server let this run in. */
  async noteAdmitted(): Promise<void> {
    if (this.#papers.boots.confirmed === this.bootId) return;
    await this.#save({ ...this.#papers, boots: { confirmed: this.bootId, tried: [] } });
  }

  async #save(papers: Papers): Promise<void> {
    this.#papers = papers;
    await this.#disk.replace(
      join(this.#folder, "agent.json"),
      Buffer.from(`${JSON.stringify(papers, null, 2)}\n`),
    );
  }
}

async function makeKey(path: string, disk: Disk): Promise<Uint8Array> {
  const { privateKey } = generateKeyPairSync("ed25519");
  const pem = Buffer.from(String(privateKey.export({ type: "pkcs8", format: "pem" })));
  await disk.replace(path, pem);
  return pem;
}

/** Who the agent of this state folder is, without making anything in it; undefined: not enrolled. */
export async function readMembership(folder: string, disk: Disk): Promise<Membership | undefined> {
  return (await readPapers(join(folder, "agent.json"), disk)).membership;
}

async function readPapers(path: string, disk: Disk): Promise<Papers> {
  const bytes = await disk.read(path);
  if (bytes === undefined) return { boots: { tried: [] } };
  const value: unknown = JSON.parse(Buffer.from(bytes).toString("utf8"));
  if (papersValidator.Check(value)) return value;
  throw new Error(`${path} is not what the agent wrote; restore it, or delete it and enrol anew`);
}
