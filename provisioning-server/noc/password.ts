import { argon2, randomBytes, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";

const derive = promisify(argon2);

/** OWASP's first choice for Argon2id (RFC 9106): 19 MiB, two passes, one lane. */
const cost = { memory: 19_456, passes: 2, parallelism: 1 };
const tagLength = 32;

/** The PHC string of a password: `$argon2id$v=19$m=…,t=…,p=…$salt$hash`. */
export async function hashPassword(password: string): Promise<string> {
  const nonce = randomBytes(16);
  const tag = await derive("argon2id", { message: normal(password), nonce, tagLength, ...cost });
  const { memory, passes, parallelism } = cost;
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${unpadded(nonce)}$${unpadded(tag)}`;
}

/** False also for a string that is no Argon2id PHC string, after the same work. */
export async function passwordMatches(password: string, phc: string | undefined): Promise<boolean> {
  const kept = decodePhc(phc ?? "");
  const {
    nonce,
    tag: expected,
    ...costs
  } = kept ?? { ...cost, nonce: Buffer.alloc(16), tag: Buffer.alloc(32) };
  const tag = await derive("argon2id", {
    message: normal(password),
    nonce,
    tagLength: expected.length,
    ...costs,
  });
  return timingSafeEqual(tag, expected) && kept !== undefined;
}

function decodePhc(phc: string) {
  const parts =
    /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/.exec(phc);
  if (parts === null) return undefined;
  const [, memory = "", passes = "", parallelism = "", nonce = "", tag = ""] = parts;
  return {
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    nonce: Buffer.from(nonce, "base64"),
    tag: Buffer.from(tag, "base64"),
  };
}

/** The same word typed on two keyboards must be the same bytes (RFC 8265 asks for NFC). */
function normal(password: string): string {
  return password.normalize("NFC");
}

function unpadded(bytes: Buffer): string {
  return bytes.toString("base64").replaceAll("=", "");
}
