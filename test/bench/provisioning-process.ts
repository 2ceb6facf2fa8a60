// Both doors of the server over a store in a folder, with phones in it, as a process of its own. It writes what each phone
// gets into a second folder, so that peers serve the same bytes from disk.
// `provisioning-process.ts DATA SERVED`; its first line says a `ProvisioningServer`.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { PhoneRequest } from "../../protocol/phone-request.ts";
import type { Device } from "../../protocol/device.ts";
import { Secret } from "../../protocol/secret.ts";
import { answerPhone } from "../../provisioning-server/answer/answer-phone.ts";
import { deviceToken } from "../../provisioning-server/answer/device-token.ts";
import type { Directory } from "../../provisioning-server/answer/directory.ts";
import { RenderCache } from "../../provisioning-server/answer/render-cache.ts";
import { ensureCertificates } from "../../provisioning-server/doors/certificates.ts";
import { buildHttpsDoor } from "../../provisioning-server/doors/https-door.ts";
import { buildTftpDoor } from "../../provisioning-server/doors/tftp-door.ts";
import { CachedDirectory } from "../../provisioning-server/inventory/cached-directory.ts";
import { defaultTenant, type Inventory } from "../../provisioning-server/inventory/inventory.ts";
import { Networks } from "../../provisioning-server/inventory/network.ts";
import { openInventory } from "../../provisioning-server/open-inventory.ts";
import { loadExamples } from "../../provisioning-server/profiles/load-examples.ts";
import { Devices } from "../../provisioning-server/store/devices.ts";
import { Sites } from "../../provisioning-server/store/sites.ts";
import { fileAnswer } from "../fakes/open-doors.ts";
import { seededRandom } from "../fakes/seeded-random.ts";
import { sayAndServe, startOwnProcess } from "./own-process.ts";

export interface ProvisioningServer {
  readonly httpsPort: number;
  readonly tftpPort: number;
  readonly certificate: { readonly ca: string; readonly cert: string; readonly key: string };
  readonly phones: readonly ProvisionedPhone[];
  /** Served as it is: what a firmware image will be. */
  readonly image: { readonly path: string; readonly size: number };
}

/** Paths without a slash in front, and the octets that come back for them. */
export interface ProvisionedPhone {
  readonly config: { readonly path: string; readonly size: number };
  readonly common: { readonly path: string; readonly size: number };
  /** Asked first by every phone of this family, and normal to miss. */
  readonly boot: { readonly path: string };
}

const phoneCount = 250;
const networks = ["127.0.0.0/8"];
const imagePath = "image.rom";
const imageSize = 1_000_000;

export const startProvisioning = (data: string, served: string) =>
  startOwnProcess<ProvisioningServer>(import.meta.filename, [data, served]);

const profileFolder = fileURLToPath(new URL("../../firmware-profiles", import.meta.url));

/** The largest of the examples, as many times as there are phones. */
async function putPhones(inventory: Inventory): Promise<readonly Device[]> {
  const examples = await loadExamples(profileFolder);
  const example = examples.find(({ name }) => name === "t46u-keys-and-module")?.inventory;
  if (example === undefined) throw new Error("the example that the phones are made from is gone");
  const site = { ...example.site, tenant: defaultTenant, networks, clearDoors: "full" as const };
  const devices = Array.from({ length: phoneCount }, (_, at) => ({
    ...example.device,
    state: "steady" as const,
    mac: `805ec0${(0x10_0000 + at).toString(16)}`,
  }));
  await inventory.store.transaction(async (inside) => {
    await new Sites(inside, inventory.vault).put(site);
    for (const device of devices) await new Devices(inside, inventory.vault).put(defaultTenant, device);
  });
  return devices;
}

async function writeServed(served: string, directory: Directory, device: Device): Promise<ProvisionedPhone> {
  const token = deviceToken(directory.context.serverKey, device.mac, device.tokenGeneration);
  await mkdir(join(served, token), { recursive: true });
  const write = async (name: string) => {
    const request = requestFor(name, token);
    const answer = await answerPhone(request, directory);
    if (answer.outcome !== "file") throw new Error(`${name}: ${JSON.stringify(answer)}`);
    await writeFile(join(served, token, name), answer.file.body);
    return { path: `${token}/${name}`, size: answer.file.body.length };
  };
  const config = await write(`${device.mac}.cfg`);
  const common = await write("y000000000108.cfg");
  return { config, common, boot: { path: `${token}/${device.mac}.boot` } };
}

function requestFor(name: string, token: string): PhoneRequest {
  const credential = { kind: "token", token: new Secret(token) } as const;
  const at = Date.now();
  return { id: "bench", via: "https", method: "GET", path: `/${name}`, address: "127.0.0.1", at, credential };
}

async function serve(data: string, served: string): Promise<void> {
  const inventory = await openInventory({ data });
  const devices = await putPhones(inventory);
  const directory = await inventory.directory();
  const phones: ProvisionedPhone[] = [];
  for (const device of devices) phones.push(await writeServed(served, directory, device));
  const image = fileAnswer(imagePath, seededRandom(1).bytes(imageSize), "application/octet-stream");
  if (image.outcome === "file") await writeFile(join(served, imagePath), image.file.body);
  const certificates = await ensureCertificates({
    folder: join(data, "tls"),
    names: ["localhost", "127.0.0.1"],
    now: Date.now(),
  });
  const certificate = { cert: certificates.cert, key: certificates.key, ca: certificates.caPem };
  const listed = new Networks(networks);
  const files = new RenderCache();
  const cached = new CachedDirectory({ store: inventory.store, directory, mono: () => performance.now() });
  const options = {
    answer: async (request: PhoneRequest) =>
      request.path === `/${imagePath}` ? image : answerPhone(request, cached, files.make),
    record: inventory.recorder(crash).record,
    crash,
  };
  const https = buildHttpsDoor({ ...options, certificate, recordTlsError: () => {} });
  const tftp = buildTftpDoor({ ...options, listed: (address) => listed.has(address) });
  const url = await https.listen({ host: "127.0.0.1", port: 0 });
  const { port: tftpPort } = await tftp.listen({ host: "127.0.0.1", port: 0 });
  sayAndServe({
    httpsPort: Number(new URL(url).port),
    tftpPort,
    certificate,
    phones,
    image: { path: imagePath, size: imageSize },
  } satisfies ProvisioningServer);
}

function crash(error: unknown): void {
  console.error(error);
  process.exit(1);
}

if (process.argv[1] === import.meta.filename) {
  const [data = "", served = ""] = process.argv.slice(2);
  await serve(data, served);
}
