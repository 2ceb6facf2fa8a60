import {
  type Cells,
  type CellMeaning,
  type ImportPreset,
  isYes,
  type PresetColumn,
} from "./import-preset.ts";

const field = (name: "mac" | "vendor" | "model" | "site" | "label"): PresetColumn => ({ field: name });
const setting = (path: string): PresetColumn => ({ setting: path });

/** `Berlin Office` as a site's id: `berlin-office`. */
function siteId(text: string): string {
  return text
    .normalize("NFKD")
    .replaceAll(/\p{M}/gu, "")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "");
}

const site: PresetColumn = (text) => [{ use: { field: "site" }, text: siteId(text) }];

/** Words for the transport that other systems have. */
const transport: PresetColumn = (text) => {
  const word = text.trim().toLowerCase();
  const ours =
    word.includes("srv") || word === "dns"
      ? "dns"
      : (["udp", "tcp", "tls"].find((each) => word.includes(each)) ?? text);
  return [{ use: { setting: "line.server.transport" }, text: ours }];
};

/** FusionPBX names a template of its own, `yealink/t46u`: vendor and, for most vendors, the model. */
const template: PresetColumn = (text) => {
  const [vendor = "", model] = text.split("/");
  if (model === undefined) return [{ use: { field: "vendor" }, text: vendor }];
  return [
    { use: { field: "vendor" }, text: vendor },
    { use: { field: "model" }, text: model },
  ];
};

function fullName(
  first: string,
  last: string,
): (cells: Cells) => readonly (CellMeaning & { column: string })[] {
  return (cells) => {
    const text = [cells.get(first) ?? "", cells.get(last) ?? ""]
      .map((each) => each.trim())
      .join(" ")
      .trim();
    return text === "" ? [] : [{ column: first, use: { setting: "line.displayName" }, text }];
  };
}

/**
 * app/devices/device_download.php of fusionpbx/fusionpbx: the columns of v_devices and of v_device_lines, as many as the
 * person ticked; `device_mac_address` became `device_address` with 5.1. One row a device; a join of both tables has a row
 * a line, and `line_number` says which.
 */
const fusionpbx: ImportPreset = {
  name: "fusionpbx",
  title: "FusionPBX, Devices, Export",
  tells: [
    ["device_address", "device_template"],
    ["device_mac_address"],
    ["device_address", "device_vendor"],
    ["device_address", "line_number"],
  ],
  columns: {
    device_address: field("mac"),
    device_mac_address: field("mac"),
    device_vendor: field("vendor"),
    device_template: template,
    device_model: field("model"),
    device_label: field("label"),
    device_description: field("label"),
    device_location: field("label"),
    server_address: setting("line.server.host"),
    outbound_proxy_primary: setting("line.outboundProxy.host"),
    display_name: setting("line.displayName"),
    label: setting("line.label"),
    user_id: setting("line.user"),
    auth_id: setting("line.authUser"),
    password: setting("line.password"),
    sip_port: setting("line.server.port"),
    sip_transport: transport,
    register_expires: setting("line.server.expires"),
  },
  lineColumn: "line_number",
  reads: ["device_enabled"],
  skip: (cells) => {
    const enabled = cells.get("device_enabled");
    return enabled === undefined || enabled === "" || isYes(enabled)
      ? undefined
      : "the device is switched off there";
  },
};

/**
 * The Bulk Handler's extensions (FreePBX/core: Core.class.php, bulkhandlerGetHeaders, and its drivers): accounts without
 * phones. MAC and model come from columns put in by hand, or from a list (`--macs`).
 */
const freepbx: ImportPreset = {
  name: "freepbx",
  title: "FreePBX, Bulk Handler, extensions",
  tells: [
    ["extension", "tech", "secret"],
    ["extension", "tech", "devicetype"],
    ["extension", "name", "voicemail", "ringtimer"],
  ],
  columns: {
    mac: field("mac"),
    mac_address: field("mac"),
    brand: field("vendor"),
    vendor: field("vendor"),
    model: field("model"),
    site: site,
    extension: setting("line.user"),
    name: setting("line.displayName"),
    secret: setting("line.password"),
    transport,
  },
  skip: (cells) => {
    const tech = (cells.get("tech") ?? "").toLowerCase();
    return tech === "" || tech.includes("sip") ? undefined : `an extension of ${tech}, not of SIP`;
  },
  reads: ["tech"],
  joinBy: "extension",
};

/** Users of wazo-confd (plugins/user_import/csvparse.py): accounts without phones; their devices are JSON (import-wazo.ts). */
const wazo: ImportPreset = {
  name: "wazo",
  title: "Wazo, users export (and devices and configs as JSON)",
  tells: [
    ["line_protocol", "sip_username"],
    ["firstname", "exten", "sip_username"],
  ],
  columns: {
    mac: field("mac"),
    vendor: field("vendor"),
    model: field("model"),
    site: site,
    sip_username: setting("line.user"),
    sip_secret: setting("line.password"),
    exten: setting("line.label"),
    voicemail_number: setting("line.voicemail.number"),
  },
  compose: fullName("firstname", "lastname"),
  skip: (cells) => {
    const protocol = (cells.get("line_protocol") ?? "").toLowerCase();
    return protocol === "" || protocol === "sip" ? undefined : `a line of ${protocol}, not of SIP`;
  },
  reads: ["lastname", "line_protocol"],
  joinBy: "exten",
};

/** A CSV export of NetBox's devices; MACs stand in another export (`mac_address`, `device`), given by `--macs`. */
const netbox: ImportPreset = {
  name: "netbox",
  title: "NetBox, devices (and MAC addresses by --macs)",
  tells: [
    ["name", "role", "manufacturer"],
    ["name", "device_type", "site", "status"],
    ["name", "role", "site", "status"],
  ],
  columns: {
    mac: field("mac"),
    mac_address: field("mac"),
    manufacturer: (text) => [{ use: { field: "vendor" }, text: text.toLowerCase() }],
    device_type: field("model"),
    type: field("model"),
    site,
    name: field("label"),
  },
  skip: (cells) => {
    const role = cells.get("role") ?? "";
    if (role !== "" && !/phone|telefon|voip|sip|handset/i.test(role)) return `a device of the role ${role}`;
    const status = (cells.get("status") ?? "").toLowerCase();
    return ["decommissioning", "offline", "failed"].includes(status) ? `its status is ${status}` : undefined;
  },
  reads: ["role", "status"],
  joinBy: "name",
};

/** The list of Vodia's bulk import (doc.vodia.com, csv): `#` before the first name, semicolons; no models. */
const vodia: ImportPreset = {
  name: "vodia",
  title: "Vodia PBX, extensions",
  tells: [
    ["#alias", "mac"],
    ["#alias", "first_name"],
    ["alias", "first_name", "mac"],
  ],
  columns: {
    "#alias": setting("line.user"),
    alias: setting("line.user"),
    mac: field("mac"),
    password: setting("line.password"),
  },
  compose: fullName("first_name", "last_name"),
  skip: (cells) => ((cells.get("type") ?? "extensions").startsWith("extension") ? undefined : "no extension"),
  reads: ["last_name", "type"],
  joinBy: "#alias",
};

/** The extension file of Switchvox (Setup, Extensions, Import): `password` is the person's, `phone_password` the phone's. */
const switchvox: ImportPreset = {
  name: "switchvox",
  title: "Switchvox, extensions",
  tells: [
    ["ext", "digium_phone_mac_address"],
    ["ext", "fname", "lname"],
  ],
  columns: {
    ext: setting("line.user"),
    digium_phone_mac_address: field("mac"),
    location: field("label"),
    phone_password: setting("line.password"),
  },
  compose: fullName("fname", "lname"),
  reads: ["lname"],
  joinBy: "ext",
};

/** Systems whose tables are read, most telling header first. */
export const importPresets: readonly ImportPreset[] = [fusionpbx, switchvox, vodia, wazo, freepbx, netbox];
