import { exists, readTextFile } from "../../io/text-file.ts";

const libraries = [
  "/usr/lib/x86_64-linux-gnu",
  "/usr/lib/aarch64-linux-gnu",
  "/usr/lib/arm-linux-gnueabihf",
  "/usr/lib64",
  "/usr/lib",
];
const tools = ["/usr/bin/tcpdump", "/usr/sbin/tcpdump"];
/** linux/capability.h */
const capNetRaw = 13n;

/** "ok", or what a capture lacks here. */
export async function captureRight(): Promise<string> {
  const library = await some(
    libraries.flatMap((folder) => [`${folder}/libpcap.so.0.8`, `${folder}/libpcap.so.1`]),
  );
  const tool = await some(tools);
  const status = await readTextFile("/proc/self/status");
  const bits = status.ok ? /^CapEff:\s*([0-9a-f]+)/m.exec(status.text)?.[1] : undefined;
  const mayCapture = bits === undefined || ((BigInt(`0x${bits}`) >> capNetRaw) & 1n) === 1n;
  const missing = [
    ...(library || tool ? [] : ["neither libpcap nor tcpdump is installed"]),
    ...(mayCapture ? [] : ["CAP_NET_RAW is missing"]),
  ];
  return missing.length === 0 ? "ok" : missing.join("; ");
}

async function some(paths: readonly string[]): Promise<boolean> {
  return (await Promise.all(paths.map(exists))).includes(true);
}
