import type { Line } from "../../protocol/line.ts";
import type { LineKey } from "../../protocol/phone-settings.ts";
import { settingsIn, settingWinner } from "../answer/settings-for.ts";
import { rebootSettings } from "../profiles/reboot-settings.ts";
import { lintPasswords } from "./lint-passwords.ts";
import { layersOf, type LintPhone, type LintProblem } from "./lint-phone.ts";

type Told = Omit<LintProblem, "mac">;

const ofLine = (path: string, index: number): string => path.replace(/^line\./, `line${index}.`);

function valueOf(phone: LintPhone, path: string, line?: Line): unknown {
  return settingWinner(layersOf(phone), path, line)?.value;
}

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });
const lengthOf = (text: string): number => [...graphemes.segment(text)].length;

function longLabels(phone: LintPhone): Told[] {
  const most = phone.profile?.about.screen?.labelLength;
  if (most === undefined) return [];
  const keys = valueOf(phone, "keys");
  const labels = [
    ...phone.device.lines.map((line) => ({
      setting: ofLine("line.label", line.index),
      text: valueOf(phone, "line.label", line),
    })),
    ...(Array.isArray(keys) ? (keys as readonly LineKey[]) : []).map((key) => ({
      setting: `keys (${key.module === undefined ? "" : `module ${key.module}, `}position ${key.position})`,
      text: key.label,
    })),
  ];
  return labels.flatMap(({ setting, text }) => {
    if (typeof text !== "string" || lengthOf(text) <= most) return [];
    return [
      {
        rule: "label-too-long",
        setting,
        why: `“${text}” has ${lengthOf(text)} characters, and the screen of a ${phone.device.model} shows ${most}`,
        remedy: "Choose a shorter label, with what tells it apart in front.",
      },
    ];
  });
}

function withoutTime(phone: LintPhone): Told[] {
  const servers = valueOf(phone, "time.ntp");
  if (Array.isArray(servers) && servers.length > 0) return [];
  return [
    {
      rule: "no-time",
      setting: "time.ntp",
      why: "no time server is set: the clock stands wrong, and with it certificates are refused",
      remedy: "Set time.ntp for the site.",
    },
  ];
}

function tlsWithoutRoot(phone: LintPhone): Told[] {
  const root = valueOf(phone, "provisioning.caUrl");
  if (typeof root === "string" && root !== "") return [];
  return phone.device.lines.flatMap((line) =>
    ["line.server.transport", "line.backupServer.transport"].flatMap((path) => {
      const host = valueOf(phone, path.replace("transport", "host"), line);
      if (valueOf(phone, path, line) !== "tls" || typeof host !== "string" || host === "") return [];
      return [
        {
          rule: "tls-without-root" as const,
          setting: ofLine(path, line.index),
          why: `the phone speaks TLS with ${host}, and provisioning.caUrl gives it no root certificate to trust`,
          remedy:
            "Set provisioning.caUrl to the root of the PBX's certificate, or see that the phone knows it from its maker.",
        },
      ];
    }),
  );
}

const noteRules = { lacking: "not-on-model", refused: "refused", coarser: "coarser" } as const;
const noteRemedies = {
  lacking: "Take the setting out for this phone, or use another model.",
  refused: "Give it a value that the phone can take.",
  coarser: "See whether what the phone can do is enough.",
} as const;

/** One setting may be refused in each of a phone's files: told once. */
function fromNotes({ notes }: LintPhone): Told[] {
  const once = new Map(
    notes.map((note) => [`${note.kind} ${note.line ?? ""} ${note.setting} ${note.sentence}`, note]),
  );
  return [...once.values()].map(({ kind, setting, line, sentence }) => ({
    rule: noteRules[kind],
    setting: line === undefined ? setting : ofLine(setting, line),
    // The notes of a preview begin with the setting, which stands in front here anyway.
    why: sentence.startsWith(`${setting}: `) ? sentence.slice(setting.length + 2) : sentence,
    remedy: noteRemedies[kind],
  }));
}

/** Only a phone that has fetched before can lose a call by it, and only by what changed since. */
function reboots({ device, profile, fetchedRevision }: LintPhone): Told[] {
  if (profile === undefined || fetchedRevision === undefined || fetchedRevision >= device.revision) return [];
  const own = [
    ...settingsIn(device.settings).map((path) => [path, path] as const),
    ...device.lines.flatMap((line) =>
      settingsIn(line.settings, "line").map((path) => [path, ofLine(path, line.index)] as const),
    ),
  ];
  return own
    .filter(([path]) => rebootSettings(profile).has(path))
    .map(([, setting]) => ({
      rule: "reboots",
      setting,
      why: `the phone has not fetched its last change; if ${setting} is part of it, a ${device.model} restarts`,
      remedy: "Let it fetch when nobody calls.",
    }));
}

function withoutProfile({ device, profile }: LintPhone): Told[] {
  if (profile !== undefined) return [];
  return [
    {
      rule: "no-profile",
      setting: "model",
      why: `no profile describes ${device.vendor} ${device.model}: it gets no config`,
      remedy: "Correct the model: `offhook profile list` names those we know.",
    },
  ];
}

interface Account {
  readonly phone: LintPhone;
  readonly line: Line;
  readonly shared: boolean;
}

/** Two phones with one extension: the registrar rings the one that registered last, unless both share it on purpose. */
function extensionsTwice(phones: readonly LintPhone[]): LintProblem[] {
  const accounts = phones.flatMap((phone) =>
    phone.device.lines.flatMap((line): (Account & { at: string })[] => {
      const [user, host] = [valueOf(phone, "line.user", line), valueOf(phone, "line.server.host", line)];
      if (typeof user !== "string" || user === "" || valueOf(phone, "line.enabled", line) === false)
        return [];
      const at = `${user}@${typeof host === "string" ? host.toLowerCase() : ""}`;
      return [{ phone, line, at, shared: valueOf(phone, "line.shared", line) === true }];
    }),
  );
  return [...Map.groupBy(accounts, ({ at }) => at)].flatMap(([at, same]) => {
    if (same.length < 2 || same.every(({ shared }) => shared)) return [];
    return same.map(({ phone, line }): LintProblem => {
      const others = same.filter((other) => other.line !== line).map((other) => other.phone.device.mac);
      return {
        mac: phone.device.mac,
        rule: "extension-twice",
        setting: ofLine("line.user", line.index),
        why: `${at} is on ${[...new Set(others)].join(", ")} as well, and not shared on all of them`,
        remedy: "Give each phone its own extension, or set line.shared on all of them.",
      };
    });
  });
}

interface CodecChoice {
  readonly phone: LintPhone;
  readonly line: Line;
  readonly codecs: readonly string[];
}

function codecsOf(phone: LintPhone): CodecChoice[] {
  return phone.device.lines.map((line) => {
    const asked = valueOf(phone, "line.codecs", line);
    const known: readonly string[] | undefined = phone.profile?.about.codecs;
    const codecs = (Array.isArray(asked) ? asked : []).filter(
      (codec): codec is string => typeof codec === "string" && known?.includes(codec) !== false,
    );
    return { phone, line, codecs };
  });
}

/** Phones of one site that have no codec in common cannot call each other without a PBX that transcodes. */
function codecsApart(phones: readonly LintPhone[]): LintProblem[] {
  return [...Map.groupBy(phones, ({ device }) => device.site).values()].flatMap((site) => {
    const choices = site.flatMap(codecsOf);
    const kinds = [...Map.groupBy(choices, ({ codecs }) => codecs.toSorted().join(" ")).values()];
    return choices.flatMap(({ phone, line, codecs }): LintProblem[] => {
      const apart = kinds
        .map(([one]) => one)
        .find((other) => other !== undefined && !other.codecs.some((codec) => codecs.includes(codec)));
      if (apart === undefined) return [];
      const lists = `${codecs.join(" ") || "none"} here, ${apart.codecs.join(" ") || "none"} on ${apart.phone.device.mac}`;
      return [
        {
          mac: phone.device.mac,
          rule: "codecs-apart",
          setting: ofLine("line.codecs", line.index),
          why: `two phones of one site have no codec in common: ${lists}`,
          remedy: "Put one codec into both lists that both models have: pcma or pcmu.",
        },
      ];
    });
  });
}

const ownRules = [withoutProfile, longLabels, withoutTime, tlsWithoutRoot, fromNotes, reboots];

/** All that is not good, by phone in the order given. Looks at all phones at once: some faults are between two. */
export function lintPhones(phones: readonly LintPhone[]): LintProblem[] {
  const between = [...extensionsTwice(phones), ...codecsApart(phones), ...lintPasswords(phones)];
  const byMac = Map.groupBy(between, ({ mac }) => mac);
  return phones.flatMap((phone) => {
    const { mac } = phone.device;
    const own = ownRules.flatMap((rule) => rule(phone)).map((told) => ({ mac, ...told }));
    return [...own, ...(byMac.get(mac) ?? [])];
  });
}
