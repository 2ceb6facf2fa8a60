import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Severity } from "../../../protocol/finding.ts";
import type { Subject } from "../../../protocol/observation.ts";
import { farEnds } from "../../../provisioning-server/noc/far-ends.ts";
import type { Incident } from "../../../provisioning-server/noc/incident.ts";
import { siteTile } from "../../../provisioning-server/noc/overview.ts";
import { sightingsOf } from "../../../provisioning-server/noc/sightings.ts";

const at = Date.UTC(2026, 2, 2, 12);
const macs = Array.from({ length: 12 }, (_, index) => `805ec00100${String(index).padStart(2, "0")}`);

const trouble = (subject: Subject, severity: Severity, affectedPhones: readonly string[]): Incident => ({
  id: `${subject} ${severity}`,
  tenant: "default",
  site: "berlin",
  subject,
  rule: "X1",
  state: "open",
  severity,
  cause: "a-cause",
  layer: "power",
  sentence: "It is so.",
  remedy: "Mend it.",
  confidence: 0.9,
  affectedPhones,
  because: [],
  consequences: [],
  since: at,
  unknown: false,
  flapping: false,
  watch: { looks: [], lookedAt: at, changes: [] },
});

/** A site of twelve phones, of which the first `seen` are seen by an agent that is heard. */
function tile(incidents: readonly Incident[], seen = 12) {
  const observations = macs.slice(0, seen).map((mac) => ({
    agent: "a1",
    observation: {
      probe: "provisioning",
      subject: `phone:${mac}` as Subject,
      key: "prov.fetch" as const,
      value: true,
      at,
      outcome: "ok" as const,
    },
  }));
  return siteTile(
    {
      site: { tenant: "default", id: "berlin", name: "Berlin" },
      phones: macs.map((mac) => ({ mac, vendor: "yealink", model: "T46U", state: "steady", lines: [] })),
      observations: observations.map(({ observation }) => observation),
      sightings: sightingsOf(observations, new Set(["a1"])),
    },
    incidents,
  );
}

const phone = (index: number): [Subject, readonly string[]] => {
  const mac = macs[index] ?? "";
  return [`phone:${mac}`, [mac]];
};
const down = (index: number, severity: Severity = "major") => {
  const [subject, affected] = phone(index);
  return trouble(subject, severity, affected);
};

describe("siteTile()", () => {
  it("one phone of twelve down is a site degraded, whatever its severity", () => {
    for (const severity of ["major", "critical"] as const) {
      const { state, phones, worst } = tile([down(3, severity)]);
      assert.deepEqual([state, phones.down, phones.ok, worst], ["degraded", 1, 11, severity]);
    }
    const port = tile([trouble("port:sw1/7", "critical", [macs[3] ?? ""])]);
    assert.deepEqual([port.state, port.phones.down], ["degraded", 1]);
  });

  it("all phones down is a site down; eleven of twelve is not", () => {
    assert.equal(tile(macs.map((_, index) => down(index))).state, "down");
    assert.equal(tile(macs.slice(1).map((_, index) => down(index))).state, "degraded");
  });

  it("a critical cause at what the phones hang on is a site down", () => {
    for (const subject of ["switch:sw1", "sip:pbx.example:5060/udp"] as const)
      assert.equal(tile([trouble(subject, "critical", [])]).state, "down", subject);
    assert.equal(tile([trouble("switch:sw1", "major", [])]).state, "degraded");
    assert.equal(tile([trouble("switch:sw1", "info", [])]).state, "ok");
  });

  it("phones of which nobody knows are not counted as down", () => {
    const { state, phones } = tile([down(0)], 0);
    assert.deepEqual([state, phones.down, phones.unknown], ["degraded", 1, 11]);
    assert.equal(tile([], 0).state, "unknown");
  });
});

describe("the far ends of a site", () => {
  const seen = (subject: Subject, key: string, value: number, outcome: "ok" | "timeout" = "ok") => ({
    agent: subject === "rtp:old" ? "gone" : "a1",
    observation: { probe: "p", subject, key, value, at, outcome },
  });
  const observations = [
    seen("rtp:mirror", "rtp.mos", 4.3),
    seen("sip:pbx/udp", "sip.rtt", 12),
    seen("sip:pbx/udp", "sip.code", 200),
    seen("sip:quiet/udp", "sip.code", 0, "timeout"),
    seen("rtp:old", "rtp.mos", 4.3),
    seen("port:sw1/1", "poe.watts", 3),
  ];
  const picture = {
    site: { tenant: "default", id: "berlin", name: "Berlin" },
    phones: [],
    observations: observations.map(({ observation }) => observation),
    sightings: sightingsOf(observations, new Set(["a1"])),
  };

  it("are SIP first, then media, each with its figures", () => {
    assert.deepEqual(
      farEnds(picture, []).map(({ subject, figures }) => [subject, figures.map(({ key }) => key)]),
      [
        ["sip:pbx/udp", ["sip.code", "sip.rtt"]],
        ["sip:quiet/udp", ["sip.code"]],
        ["rtp:mirror", ["rtp.mos"]],
        ["rtp:old", ["rtp.mos"]],
      ],
    );
  });

  it("are as their incident says; what nobody sees is unknown, never ok", () => {
    const states = farEnds(picture, [trouble("rtp:mirror", "minor", [])]).map(({ state }) => state);
    assert.deepEqual(states, ["ok", "unknown", "degraded", "unknown"]);
  });
});
