import type { Encoding } from "../encoding.ts";

const settings = [
  "line.server.port",
  "line.server.expires",
  "line.outboundProxy.port",
  "line.keepAlive.interval",
  "line.dtmfPayload",
  "nat.stun.port",
  "rtp.portMin",
  "rtp.portMax",
  "network.vlan.id",
];

/** Whole numbers as `0x13c4`, one encoding for each setting: `hex-line-server-port` (Gigaset N510, N720). */
export const hexNumbers: readonly Encoding[] = settings.map((path) => ({
  name: `hex-${path.replaceAll(".", "-").toLowerCase()}`,
  settings: [path],
  encode({ setting }) {
    const value = setting(path);
    if (value === undefined) return { ok: true, parts: [] };
    return typeof value === "number" && Number.isInteger(value) && value >= 0
      ? { ok: true, parts: [{ name: "", value: `0x${value.toString(16)}` }] }
      : { ok: false, limit: "a whole number that is not negative" };
  },
}));
