import type { Device } from "../../protocol/device.ts";
import type { MacAddress } from "../../protocol/mac-address.ts";
import type { Phonebook } from "../../protocol/phonebook.ts";
import type { PhoneSettings } from "../../protocol/phone-settings.ts";
import type { Site } from "../../protocol/site.ts";
import type { FirmwareShelf } from "./firmware-shelf.ts";
import type { FirstAccess } from "./first-access.ts";
import type { SeenPort } from "./location.ts";
import type { Profiles } from "../profiles/profiles.ts";

/** What rendering needs besides the device: where phones find us, the key of their tokens, and the clock. */
export interface RenderContext {
  /** Address of the HTTPS door, without a slash at the end: `https://phones.example.net:8443`. */
  readonly baseUrl: string;
  /** Key of the device tokens, 32 octets. */
  readonly serverKey: Uint8Array;
  /** The catalogue of firmware images. May be left out. */
  readonly firmware?: FirmwareShelf;
  /** Wall clock, ms; only its year matters (daylight saving). */
  readonly at: number;
}

/** What the inventory knows, as far as answering a phone needs it. Handed in: answer/ opens nothing itself. */
export interface Directory {
  readonly profiles: Profiles;
  readonly context: Omit<RenderContext, "at">;
  deviceByMac(mac: MacAddress): Promise<Device | undefined>;
  /** For files without a MAC in their name, under a token. May be left out. */
  deviceByToken?(token: string): Promise<Device | undefined>;
  /** Tokens for the first access. May be left out. */
  readonly firstAccess?: FirstAccess;
  /** The device's site: site ids are unique within the device's tenant only. */
  site(id: string, device: Device): Promise<Site | undefined>;
  /** Where agents of the device's site see it, for sites that go by it. May be left out. */
  portsOf?(device: Device, site: Site): Promise<readonly SeenPort[]>;
  /** Every site one of whose networks holds the address. */
  sitesByAddress(address: string): Promise<readonly Site[]>;
  /** The tenant's layer of settings. May be left out. */
  tenantSettings?(tenant: string): Promise<PhoneSettings | undefined>;
  /** A site's phonebook. May be left out. */
  phonebook?(site: string, tenant: string): Promise<Phonebook | undefined>;
}
